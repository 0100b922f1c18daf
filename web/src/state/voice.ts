/** Sound over the WebSocket, when nothing else is left: joins the fallback with the room, its devices and its log. */
import type { StoreApi } from "zustand/vanilla";
import { type Call, QUALITY_UNKNOWN, qualityOf } from "../client/media";
import type { VoiceJoined } from "../client/signaling";
import { Fallback, hasVoice, type VoiceCounts, VoiceLine } from "../client/voice";
import type { RoomState } from "./room";

export interface VoiceOptions {
  readonly url: string;
  readonly room: StoreApi<RoomState>;
  readonly call: Call;
  /** Asks the server for a seat; rejects if it refuses or is silent. */
  readonly join: () => Promise<VoiceJoined>;
  /** Whether the ordinary ways work now. */
  readonly isReachable: () => Promise<boolean>;
  /** Hears of every look; null when there is another line, whose totals begin anew. */
  readonly onLook: (counts: VoiceCounts | null, mids: readonly string[]) => void;
}

export class Voice {
  readonly #options: VoiceOptions;
  readonly #fallback: Fallback;
  #line: VoiceLine | null = null;
  #microphone: MediaStreamTrack | null = null;
  #last: VoiceCounts | null = null;

  constructor(options: VoiceOptions) {
    const { room, call, isReachable } = options;
    this.#options = options;
    this.#fallback = new Fallback({
      hasServer: () => room.getState().link === "online",
      isSupported: hasVoice,
      open: (onClosed) => this.#open(onClosed),
      isReachable: () => isReachable().catch(() => false),
      suspendCall: () => call.suspend(),
      renewCall: () => call.renew(),
      onState: (voice) => {
        // The call tells of itself again when it is the one in use.
        if (voice === "on" || voice === "opening") {
          room.setState({ media: voice === "on" ? "connected" : "interrupted" });
        }
        room.setState({ voice });
      },
    });
  }

  /** Whether the session is the line's, and offers are not wanted. */
  get isInUse(): boolean {
    return this.#fallback.isInUse;
  }

  callIs(isConnected: boolean) {
    this.#fallback.callIs(isConnected);
  }

  /** The server has no session of ours any more: makes one, by whichever way is in use. */
  renew() {
    this.#fallback.renew();
  }

  /** From now on the others hear this; null is nothing. */
  speak(microphone: MediaStreamTrack | null) {
    this.#microphone = microphone;
    this.#line?.setMicrophone(microphone);
  }

  close() {
    this.#fallback.close();
  }

  async #open(onClosed: () => void) {
    const { ticket, lines } = await this.#options.join();
    const mids = lines.map(({ mid }) => mid);
    this.#options.onLook(null, mids);
    this.#last = null;
    const line = await VoiceLine.open({
      url: this.#options.url,
      ticket,
      mids,
      microphone: this.#microphone,
      onClosed,
      onCounts: (counts) => this.#look(counts, mids),
    });
    this.#line = line;
    line.setMicrophone(this.#microphone);
    this.#options.room.setState({ tracks: line.tracks, pictures: [], quality: QUALITY_UNKNOWN });
    return { close: () => this.#closed(line) };
  }

  #closed(line: VoiceLine) {
    line.close();
    if (this.#line === line) this.#line = null;
  }

  #look(counts: VoiceCounts, mids: readonly string[]) {
    const { heard, lost } = this.#last ?? { heard: 0, lost: 0 };
    this.#last = counts;
    const frames = counts.heard - heard;
    const share = frames > 0 ? Math.min(1, (counts.lost - lost) / frames) : 0;
    this.#options.room.setState({ quality: qualityOf(counts.roundTripMs, share) });
    this.#options.onLook(counts, mids);
  }
}
