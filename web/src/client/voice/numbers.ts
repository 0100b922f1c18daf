/** Numbers that wrap, made to go on; and the clock by which our own frames are stamped. Pure. */

export const SAMPLE_HZ = 48_000;
export const FRAME_SAMPLES = 960;
const SAMPLES_PER_MS = SAMPLE_HZ / 1_000;
/** Further than this from the clock, samples are missing: the device slept, or was off. */
const DRIFT_MAX_MS = 300;

/** Turns numbers of so many bits into ones that do not wrap: each is the nearest to the one before. */
export class Unwrapped {
  readonly #modulus: number;
  #last: number | null = null;

  constructor(bits: number) {
    this.#modulus = 2 ** bits;
  }

  next(value: number): number {
    const last = this.#last ?? value;
    const ahead = (((value - last) % this.#modulus) + this.#modulus) % this.#modulus;
    this.#last = last + (ahead > this.#modulus / 2 ? ahead - this.#modulus : ahead);
    return this.#last;
  }
}

/** Stamps frames one after another, and goes along with the time when some are missing. */
export class Stamps {
  #startedMs: number | null = null;
  #samples = 0;

  /** The first sample of a frame that is there at `nowMs`. */
  next(nowMs: number): number {
    this.#startedMs ??= nowMs;
    const elapsed = (nowMs - this.#startedMs) * SAMPLES_PER_MS;
    const missing = elapsed - this.#samples;
    if (missing > DRIFT_MAX_MS * SAMPLES_PER_MS) {
      this.#samples += Math.round(missing / FRAME_SAMPLES) * FRAME_SAMPLES;
    }
    const stamp = this.#samples;
    this.#samples += FRAME_SAMPLES;
    return stamp;
  }
}
