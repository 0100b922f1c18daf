/** What is to be seen of the others, and why something is not. Pure. */
import type { Look } from "../client/media";
import type { SlotQuality, Source } from "../client/signaling";
import { type RoomState, slotOf } from "./room";

type VideoSource = Extract<Source, "camera" | "screen">;
type Seen = Pick<
  RoomState,
  "participants" | "slots" | "pictures" | "tracks" | "wantsVideo" | "voice" | "rests" | "you"
>;

/**
 * `off`: they send none. `paused`: the network has no room for it. `declined`: this person wants sound only.
 * `awaited`: it does not arrive just now. `unsent`: their network lets no picture through. `blocked`: ours does not.
 * `unseen`: it is our own, and our network does not let it out. `resting`: their network has no room for it.
 * `withheld`: it is our own, and our network has no room for it.
 */
export type PictureState =
  | "shown"
  | "off"
  | "paused"
  | "declined"
  | "awaited"
  | "unsent"
  | "blocked"
  | "unseen"
  | "resting"
  | "withheld";

export interface Picture {
  /** Its m-line; null while they are not received. */
  readonly mid: string | null;
  readonly track: MediaStreamTrack | null;
  readonly state: PictureState;
}

const NOT_RECEIVED: Picture = { mid: null, track: null, state: "off" };

/** Somebody else's picture. */
export function pictureOf(room: Seen, participant: string, source: VideoSource): Picture {
  const mid = slotOf(room, participant, source)?.mid ?? null;
  const barred = barredOf(room, participant, source);
  if (barred !== null) return { mid, track: null, state: barred };
  if (mid === null) return NOT_RECEIVED;
  const state = isSent(room, participant, source) ? stateOf(room, mid) : "off";
  // Their own word may still be on its way over a line that loses most.
  const isResting = state === "awaited" && isWeak(room, participant);
  return { mid, track: room.tracks.get(mid) ?? null, state: isResting ? "resting" : state };
}

/** Whether all that could be seen is paused because the network has no room for it. */
export function isAllPaused(room: Seen): boolean {
  const pictures = sentPictures(room);
  return room.wantsVideo && pictures.length > 0 && pictures.every(isPaused);
}

/** Whether the network holds back any picture, or makes it smaller. */
export function isHeldBack(room: Seen): boolean {
  return room.wantsVideo && sentPictures(room).some(({ reason }) => reason === "network");
}

/** The m-lines that pictures can arrive on, and those with somebody's picture. */
export function linesIn({ tracks, slots }: Pick<RoomState, "tracks" | "slots">) {
  const mids = [...tracks].filter(([, track]) => track.kind === "video").map(([mid]) => mid);
  const taken = new Set(slots.filter((slot) => slot.participant !== null).map(({ mid }) => mid));
  return { mids, taken } satisfies Partial<Look>;
}

/** Whose network it is that lets no picture through; null if both do. */
function barredOf(room: Seen, participant: string, source: VideoSource): PictureState | null {
  const isOwn = participant === room.you;
  if (isOwn && room.voice === "on") return "unseen";
  if (isOwn) return room.rests && isSent(room, participant, source) ? "withheld" : null;
  const them = room.participants.find(({ id }) => id === participant);
  if (them?.path === "websocket") return "unsent";
  if (them?.rests && isSent(room, participant, source)) return "resting";
  return room.voice === "on" && isSent(room, participant, source) ? "blocked" : null;
}

function stateOf({ pictures, wantsVideo }: Seen, mid: string): PictureState {
  if (!wantsVideo) return "declined";
  const told = pictures.find((picture) => picture.mid === mid);
  // What this page has just begun to look at keeps its last frame until the server knows.
  if (told === undefined || told.layer !== null || told.reason === "hidden") return "shown";
  return isPaused(told) ? "paused" : "awaited";
}

/** Of those whose switch is on. */
function sentPictures(room: Seen): readonly SlotQuality[] {
  return room.pictures.filter(({ mid }) => {
    const slot = room.slots.find((one) => one.mid === mid);
    if (slot === undefined || slot.participant === null) return false;
    return isVideo(slot.source) && isSent(room, slot.participant, slot.source);
  });
}

function isSent({ participants }: Seen, participant: string, source: VideoSource): boolean {
  return participants.some(({ id, tracks }) => id === participant && tracks[source]);
}

function isWeak({ participants }: Seen, participant: string): boolean {
  return participants.some(({ id, connection }) => id === participant && connection?.bars === 1);
}

function isPaused({ layer, reason }: SlotQuality): boolean {
  return layer === null && reason === "network";
}

function isVideo(source: Source): source is VideoSource {
  return source === "camera" || source === "screen";
}
