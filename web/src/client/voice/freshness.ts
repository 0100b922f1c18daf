/**
 * Which frames come too late to be worth playing. Pure, and the same as the server's (`rust/sfu-voice`): TCP
 * delivers a whole backlog after a stall, and whoever played it would be that much behind for ever.
 */
import { SAMPLE_HZ } from "./numbers";

/** Counted in frames, not in time, so that the quickest is still known after a stall. */
const FRAMES_REMEMBERED = 250;

export class Freshness {
  readonly #lateMaxMs: number;
  #quickest = Number.POSITIVE_INFINITY;
  #quickestBefore = Number.POSITIVE_INFINITY;
  #count = 0;

  constructor(lateMaxMs: number) {
    this.#lateMaxMs = lateMaxMs;
  }

  /** By how many ms the frame is later than the quickest of the last ones; null if that is too much. */
  lateness(samples: number, nowMs: number): number | null {
    const delay = nowMs - (samples * 1_000) / SAMPLE_HZ;
    if (this.#count === FRAMES_REMEMBERED) {
      this.#quickestBefore = this.#quickest;
      this.#quickest = Number.POSITIVE_INFINITY;
      this.#count = 0;
    }
    this.#count += 1;
    this.#quickest = Math.min(this.#quickest, delay);
    const late = delay - Math.min(this.#quickest, this.#quickestBefore);
    return late <= this.#lateMaxMs ? late : null;
  }
}
