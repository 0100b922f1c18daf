/** Makes frames of 20 ms at 48 kHz out of the blocks that the browser hands over, at whatever rate. Pure. */
import { FRAME_SAMPLES, SAMPLE_HZ } from "./numbers";

const SILENCE_LEVEL = 127;

export class Framer {
  readonly #step: number;
  #frame = new Float32Array(FRAME_SAMPLES);
  #filled = 0;
  /** Where the next sample of ours lies, counted in theirs from the start of the block. */
  #position = 0;
  #previous = 0;

  /** Blocks come at `inputHz`. */
  constructor(inputHz: number) {
    this.#step = inputHz / SAMPLE_HZ;
  }

  /** The frames that this block completes. */
  push(block: Float32Array): Float32Array<ArrayBuffer>[] {
    const frames: Float32Array<ArrayBuffer>[] = [];
    for (; this.#position <= block.length - 1; this.#position += this.#step) {
      this.#frame[this.#filled] = this.#between(block);
      this.#filled += 1;
      if (this.#filled < FRAME_SAMPLES) continue;
      frames.push(this.#frame);
      this.#frame = new Float32Array(FRAME_SAMPLES);
      this.#filled = 0;
    }
    this.#position -= block.length;
    this.#previous = block.at(-1) ?? 0;
    return frames;
  }

  /** On the line between two samples; -1 is the last one of the block before. */
  #between(block: Float32Array): number {
    const left = Math.floor(this.#position);
    const from = left < 0 ? this.#previous : (block[left] ?? 0);
    const to = block[left + 1] ?? from;
    return from + (to - from) * (this.#position - left);
  }
}

/** How loud it is in -dBov, 0 … 127. Source: RFC 6464 §3. */
export function levelOf(samples: Float32Array): number {
  let power = 0;
  for (const sample of samples) power += sample * sample;
  if (power === 0) return SILENCE_LEVEL;
  const dbov = 10 * Math.log10(power / samples.length);
  return Math.min(SILENCE_LEVEL, Math.max(0, Math.round(-dbov)));
}
