/**
 * The voice socket with its codecs, on a thread of its own, so that a busy page does not make the sound stutter.
 * Sound comes from and goes to the worklets by ports of its own; the page hears of states and figures.
 */
import { Hearing } from "./hearing";
import type { VoicePing, VoicePong } from "./messages";
import { Speaking } from "./speaking";
import type { Begin, FromVoice, LineCounts, ToVoice, VoiceCounts } from "./traffic";

/** Pings come every 2 s. */
const SILENCE_MAX_MS = 6_000;
const OPEN_TIMEOUT_MS = 8_000;

const page = globalThis as unknown as {
  postMessage(message: FromVoice): void;
  onmessage: ((event: MessageEvent<ToVoice>) => void) | null;
};

class Line {
  readonly #socket: WebSocket;
  readonly #speaking: Speaking;
  readonly #hearing: Hearing;
  #playout: readonly LineCounts[] = [];
  #heardAt = performance.now();
  #patience: ReturnType<typeof setTimeout> | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;

  constructor({ url, ticket, playout }: Begin) {
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = "arraybuffer";
    this.#speaking = new Speaking(this.#socket, () => this.#end());
    this.#hearing = new Hearing((sound) => playout.postMessage(sound, [sound.samples.buffer]));
    playout.onmessage = ({ data }) => {
      this.#playout = data as readonly LineCounts[];
    };
    this.#socket.onopen = () => this.#socket.send(JSON.stringify({ type: "hello", ticket }));
    this.#socket.onmessage = ({ data }) => this.#take(data as string | ArrayBuffer);
    this.#socket.onclose = () => this.#end();
    this.#patience = setTimeout(() => this.#end(), OPEN_TIMEOUT_MS);
  }

  /** Speaks what comes from this port. */
  listenTo(frames: MessagePort) {
    frames.onmessage = ({ data }) => this.#speaking.take(data as Float32Array<ArrayBuffer>);
  }

  #take(data: string | ArrayBuffer) {
    if (this.#pulse === undefined) this.#opened();
    this.#heardAt = performance.now();
    if (typeof data === "string") this.#answer(JSON.parse(data) as VoicePing);
    else this.#hearing.take(data, this.#heardAt);
  }

  /** The server's first word: it has taken the ticket. */
  #opened() {
    clearTimeout(this.#patience);
    this.#pulse = setInterval(() => this.#look(), 1_000);
    this.#speaking.begin();
    page.postMessage({ kind: "opened" });
  }

  #answer({ sent, round_trip_ms, taken, late }: VoicePing) {
    const counts = this.#counts(round_trip_ms, taken, late);
    const { heard, lost, unsent } = counts;
    const pong: VoicePong = { type: "pong", sent, heard, lost, unsent };
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(pong));
    page.postMessage({ kind: "counts", counts });
  }

  #counts(roundTripMs: number | null, taken: number, late: number): VoiceCounts {
    const { heard, lost, lines } = this.#hearing.counts;
    const { sent, unsent, bytes } = this.#speaking.counts;
    const played = new Map(this.#playout.map((counts) => [counts.line, counts]));
    return {
      ...{ roundTripMs, taken, late, heard, lost, sent, unsent, bytes },
      lines: lines.map((line) => ({
        ...line,
        played: played.get(line.line)?.played ?? 0,
        concealed: played.get(line.line)?.concealed ?? 0,
        targetMs: played.get(line.line)?.targetMs ?? 0,
      })),
    };
  }

  #look() {
    if (performance.now() - this.#heardAt > SILENCE_MAX_MS) this.#end();
  }

  #end() {
    clearTimeout(this.#patience);
    clearInterval(this.#pulse);
    this.#socket.onclose = null;
    this.#socket.close();
    this.#speaking.close();
    this.#hearing.close();
    page.postMessage({ kind: "closed" });
  }
}

let line: Line | null = null;

page.onmessage = ({ data }) => {
  if (data.kind === "begin") line = new Line(data);
  else line?.listenTo(data.frames);
};
