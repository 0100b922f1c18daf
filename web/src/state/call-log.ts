/** Keeps the log of one stay: follows the room and the devices, and sends what it notes to the server. */
import type { StoreApi } from "zustand/vanilla";
import { type Api, ApiError } from "../client/api";
import { ClientLog, type DeviceEntry, type PictureNote, type Receiving } from "../client/log";
import type { PeerLook } from "../client/media";
import type { SlotState } from "../client/signaling";
import { type VoiceCounts, voiceSample } from "../client/voice";
import type { Devices, DevicesState } from "./devices";
import type { Membership } from "./membership";
import { pictureOf } from "./pictures";
import type { RoomState } from "./room";

interface CallLogOptions {
  readonly api: Pick<Api, "keepLog">;
  readonly membership: Membership;
  readonly room: StoreApi<RoomState>;
  readonly devices: Devices;
}

const VOICE_SAMPLE_MS = 5_000;

export class CallLog {
  readonly #log: ClientLog;
  readonly #room: StoreApi<RoomState>;
  readonly #stopFollowing: () => void;
  #voiceLook: { readonly at: number; readonly counts: VoiceCounts } | null = null;

  constructor({ api, membership, room, devices }: CallLogOptions) {
    const { id } = membership.joined.interview;
    this.#room = room;
    this.#log = new ClientLog({
      send: (batch, isLeaving) =>
        membership.authorized((token) => api.keepLog(id, batch, token, isLeaving)),
      isRefusal,
    });
    this.#log.open();
    const unfollow = [
      room.subscribe(({ link, media }, before) => {
        if (link !== before.link) this.#log.note({ kind: "state", of: "signaling", state: link });
        if (media !== before.media) this.#log.note({ kind: "state", of: "call", state: media });
      }),
      devices.store.subscribe((now, before) => {
        for (const entry of deviceNotes(before, now)) this.#log.note(entry);
      }),
    ];
    this.#stopFollowing = () => unfollow.forEach((stop) => void stop());
  }

  look(look: PeerLook | null) {
    if (look === null) this.#log.forgetTotals();
    else this.#log.look(look, receivingOf(this.#room.getState()));
  }

  /** A look at sound over the WebSocket, every 2 s; null when its totals begin anew. */
  voice(counts: VoiceCounts | null, mids: readonly string[]) {
    const [before, at] = [this.#voiceLook, performance.now()];
    if (counts === null || before === null) {
      this.#voiceLook = counts && { at, counts };
      return;
    }
    const overMs = at - before.at;
    if (overMs < VOICE_SAMPLE_MS) return;
    this.#voiceLook = { at, counts };
    const receiving = receivingOf(this.#room.getState());
    this.#log.note(voiceSample(before.counts, counts, overMs, mids, receiving));
  }

  transport(of: "ice" | "dtls", state: string) {
    this.#log.note({ kind: "state", of, state });
  }

  close() {
    this.#stopFollowing();
    this.#log.close();
  }
}

/** Who is in which receive line, and what is shown of them. Pure. */
export function receivingOf(room: RoomState): ReadonlyMap<string, Receiving> {
  return new Map(
    room.slots.flatMap((slot) => {
      const { mid, source, participant } = slot;
      if (participant === null) return [];
      const picture = pictureNote(room, slot, participant);
      const receiving: Receiving = { source, publisher: participant };
      return [[mid, picture === null ? receiving : { ...receiving, picture }] as const];
    }),
  );
}

function pictureNote(room: RoomState, slot: SlotState, publisher: string): PictureNote | null {
  const { source, mid } = slot;
  if (source !== "camera" && source !== "screen") return null;
  const { state } = pictureOf(room, publisher, source);
  if (state === "unsent" || state === "blocked" || state === "unseen") return "blocked";
  if (state === "resting" || state === "withheld") return "paused";
  const told = room.pictures.find((picture) => picture.mid === mid);
  return state === "shown" && told?.reason === "hidden" ? "hidden" : state;
}

/** What became of the devices between two states; never which ones they are. Pure. */
export function deviceNotes(before: DevicesState, now: DevicesState): DeviceEntry[] {
  const ofKind = (device: "microphone" | "camera"): DeviceEntry[] => {
    const [was, is] = [before[device], now[device]];
    if (is.problem !== null && is.problem !== was.problem) {
      return [{ kind: "device", device, event: "failed", problem: is.problem }];
    }
    if (is.track !== was.track) return [{ kind: "device", device, event: changeOf(was, is) }];
    const isSwitched = now.isOn[device] !== before.isOn[device];
    const event = now.isOn[device] ? "unmuted" : "muted";
    return isSwitched ? [{ kind: "device", device, event }] : [];
  };
  const notes = [...ofKind("microphone"), ...ofKind("camera")];
  if (now.screen !== before.screen) {
    notes.push({ kind: "device", device: "screen", event: now.screen ? "opened" : "closed" });
  }
  if (now.speaker !== before.speaker) {
    notes.push({ kind: "device", device: "speaker", event: "changed" });
  }
  return notes;
}

function changeOf(
  was: { readonly track: MediaStreamTrack | null },
  is: { readonly track: MediaStreamTrack | null },
): string {
  if (is.track === null) return "closed";
  return was.track === null ? "opened" : "changed";
}

/** The server will take nothing of this log any more, however often it is asked. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  if (error.code === "not_in_room") return false;
  return error.code === "log_full" || [401, 403, 404, 409, 422].includes(error.status);
}
