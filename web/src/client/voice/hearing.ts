/** The others' way in: frames are sorted by line, the late ones dropped, the rest decoded for the playout. */
import { DECODER } from "./codec";
import { decodeFrame, type Frame } from "./frame";
import { Freshness } from "./freshness";
import { SAMPLE_HZ, Unwrapped } from "./numbers";
import { type Arrived, TARGET_MAX_MS } from "./playout";
import type { HeardCounts } from "./traffic";

/** Lines of an observer: eight voices and two screens. */
const LINES_MAX = 16;
const US_PER_SAMPLE = 1_000_000 / SAMPLE_HZ;
/** Frames that a decoder may owe; beyond it the device is too slow, and what it owes is given up. */
const OWED_MAX = 50;

export type Sound = Arrived & {
  readonly line: number;
  readonly samples: Float32Array<ArrayBuffer>;
};

export class Hearing {
  readonly #lines = new Map<number, Line>();
  readonly #play: (sound: Sound) => void;

  constructor(play: (sound: Sound) => void) {
    this.#play = play;
  }

  get counts() {
    const lines = [...this.#lines.values()].map((line) => line.counts);
    return {
      heard: lines.reduce((sum, { frames }) => sum + frames, 0),
      lost: lines.reduce((sum, { lost }) => sum + lost, 0),
      lines,
    };
  }

  take(bytes: ArrayBuffer, nowMs: number) {
    const frame = decodeFrame(bytes);
    if (frame === null || frame.tag >= LINES_MAX) return;
    const line = this.#lines.get(frame.tag) ?? new Line(frame.tag, this.#play);
    this.#lines.set(frame.tag, line);
    line.take(frame, nowMs);
  }

  close() {
    for (const line of this.#lines.values()) line.close();
  }
}

type Owed = Omit<Arrived, "samples">;

class Line {
  readonly #line: number;
  readonly #play: (sound: Sound) => void;
  readonly #freshness = new Freshness(TARGET_MAX_MS);
  readonly #sequences = new Unwrapped(16);
  readonly #timestamps = new Unwrapped(32);
  #owed: Owed[] = [];
  #decoder: AudioDecoder | null = null;
  #last: number | null = null;
  #frames = 0;
  #lost = 0;
  #bytes = 0;

  constructor(line: number, play: (sound: Sound) => void) {
    this.#line = line;
    this.#play = play;
  }

  get counts(): HeardCounts {
    return { line: this.#line, frames: this.#frames, lost: this.#lost, bytes: this.#bytes };
  }

  take(frame: Frame, nowMs: number) {
    const sequence = this.#sequences.next(frame.sequence);
    const timestamp = this.#timestamps.next(frame.timestamp);
    this.#count(sequence, frame.payload.length);
    const latenessMs = this.#freshness.lateness(timestamp, nowMs);
    if (latenessMs === null) {
      this.#lost += 1;
      return;
    }
    this.#decode({ sequence, timestamp, latenessMs }, frame.payload);
  }

  close() {
    if (this.#decoder?.state === "configured") this.#decoder.close();
  }

  #count(sequence: number, bytes: number) {
    const missing = this.#last === null ? 0 : sequence - this.#last - 1;
    this.#last = sequence;
    this.#frames += 1;
    this.#bytes += bytes;
    // More than that at once is another stream in the same line.
    if (missing > 0 && missing < OWED_MAX) this.#lost += missing;
  }

  #decode(owed: Owed, payload: Uint8Array<ArrayBuffer>) {
    if (this.#decoder?.state !== "configured" || this.#owed.length >= OWED_MAX) this.#renew();
    this.#owed.push(owed);
    const timestamp = Math.round(owed.timestamp * US_PER_SAMPLE);
    this.#decoder?.decode(new EncodedAudioChunk({ type: "key", timestamp, data: payload }));
  }

  /** A decoder breaks at a frame that is no Opus; the next one begins anew. */
  #renew() {
    this.close();
    this.#owed = [];
    const decoder = new AudioDecoder({ output: (data) => this.#decoded(data), error: () => {} });
    decoder.configure(DECODER);
    this.#decoder = decoder;
  }

  /** Opus gives one piece of sound for each packet, in their order. */
  #decoded(data: AudioData) {
    const owed = this.#owed.shift();
    if (owed) this.#play({ ...owed, line: this.#line, samples: monoOf(data) });
    data.close();
  }
}

function monoOf(data: AudioData): Float32Array<ArrayBuffer> {
  const planes = Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
    const plane = new Float32Array(data.numberOfFrames);
    data.copyTo(plane, { planeIndex, format: "f32-planar" });
    return plane;
  });
  const [first = new Float32Array(0), ...others] = planes;
  if (others.length === 0) return first;
  return first.map((sample, n) => {
    const sum = others.reduce((sum, plane) => sum + (plane[n] ?? 0), sample);
    return sum / planes.length;
  });
}
