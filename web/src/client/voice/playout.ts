/**
 * The playout buffer of one line: sound goes in as it comes, and out as it is played. Pure; samples at 48 kHz.
 *
 * It holds as much as the network's unsteadiness asks for: the latest of the last frames sets the target, which
 * then shrinks by half in ten seconds. What runs dry fades out and goes on with the late frame, later by as much;
 * after a pause it begins anew at the target. What is too full is cut, in a pause if one comes.
 */
import { SAMPLE_HZ } from "./numbers";

const MS = SAMPLE_HZ / 1_000;
const CAPACITY = 1_000 * MS;
const TARGET_MIN = 40 * MS;
/** More delay than this and people talk over each other; what comes later is a gap. */
export const TARGET_MAX_MS = 300;
/** Beyond what the latest frame needed. */
const MARGIN = 20 * MS;
const HALF_LIFE_FRAMES = 500;
const SHRINK = 0.5 ** (1 / HALF_LIFE_FRAMES);
/** So much above the target is cut at once, and so much in a pause. */
const EXCESS = 120 * MS;
const SLACK = 30 * MS;
/** What is missing longer than this is not waited out. */
const GAP_MAX = 200 * MS;
const FADE = 2.5 * MS;
/** Peak of a block that is taken for a pause: -50 dBFS. */
const PAUSE_PEAK = 0.003;

export interface Arrived {
  /** The number of its frame, which does not wrap. */
  readonly sequence: number;
  /** Of its first sample; does not wrap. */
  readonly timestamp: number;
  readonly latenessMs: number;
  readonly samples: Float32Array;
}

export class PlayoutBuffer {
  readonly #ring = new Float32Array(CAPACITY);
  #start = 0;
  #level = 0;
  #late = 0;
  #isPlaying = false;
  #fadeIn = 0;
  /** Whether what was played last was silence: then nobody misses what is late. */
  #isPause = false;
  /** The sample that was played last. */
  #last = 0;
  #next: { readonly sequence: number; readonly timestamp: number } | null = null;
  /** Why nothing is played; after it ran dry only the next frame tells whether it was late. */
  #silence: "pause" | "unknown" | "late" = "pause";
  /** Samples of silence of which it is not known yet. */
  #dry = 0;
  #played = 0;
  #concealed = 0;

  /** Samples that were played, and those among them that had to be made up. */
  get counts(): { readonly played: number; readonly concealed: number } {
    return { played: this.#played, concealed: this.#concealed };
  }

  /** How much is to be held, in samples. */
  get target(): number {
    return Math.min(TARGET_MAX_MS * MS, Math.max(TARGET_MIN, this.#late + MARGIN));
  }

  get level(): number {
    return this.#level;
  }

  /** To begin with. What was late has pushed the rest back by as much, so that nothing more need be waited for. */
  get #enough(): number {
    return this.#silence === "late" ? 0 : this.target;
  }

  push({ sequence, timestamp, latenessMs, samples }: Arrived) {
    this.#late = Math.max(latenessMs * MS, this.#late * SHRINK);
    this.#bridge(sequence, timestamp);
    this.#next = { sequence: sequence + 1, timestamp: timestamp + samples.length };
    for (const sample of samples) this.#append(sample);
  }

  /** Fills `block`, with silence where there is nothing to play. */
  pull(block: Float32Array) {
    if (!this.#isPlaying && this.#level >= Math.max(this.#enough, block.length)) this.#begin();
    if (!this.#isPlaying) {
      block.fill(0);
      return this.#beSilent(block.length);
    }
    if (this.#level < block.length) return this.#runDry(block);
    if (this.#level > this.target + EXCESS) this.#skip(this.#level - this.target);
    this.#take(block);
    this.#played += block.length;
    this.#isPause = block.every((sample) => Math.abs(sample) < PAUSE_PEAK);
    if (this.#isPause && this.#level > this.target + SLACK) this.#skip(block.length);
  }

  #beSilent(samples: number) {
    if (this.#silence === "late" && !this.#isPause) this.#made(samples);
    if (this.#silence === "unknown") this.#dry += samples;
  }

  #begin() {
    this.#isPlaying = true;
    this.#fadeIn = FADE;
  }

  /** What lies between the last frame and this one. */
  #bridge(sequence: number, timestamp: number) {
    const next = this.#next;
    if (next === null) return;
    const missing = timestamp - next.timestamp;
    const isLoss = sequence > next.sequence && missing > 0;
    // After it ran dry, a frame that follows without a pause of the speaker was late.
    if (this.#silence === "unknown") {
      this.#silence = missing === 0 || isLoss ? "late" : "pause";
      this.#beSilent(this.#dry);
      this.#dry = 0;
    } else if (isLoss && this.#isPlaying) {
      this.#appendGap(Math.min(missing, GAP_MAX));
    }
  }

  #made(samples: number) {
    this.#concealed += samples;
    this.#played += samples;
  }

  #appendGap(samples: number) {
    this.#concealed += samples;
    this.#fadeTail();
    for (let n = 0; n < samples; n += 1) this.#append(0);
  }

  #fadeTail() {
    const length = Math.min(FADE, this.#level);
    for (let n = 0; n < length; n += 1) {
      const at = (this.#start + this.#level - 1 - n) % CAPACITY;
      this.#ring[at] = (this.#ring[at] ?? 0) * (n / length);
    }
  }

  #append(sample: number) {
    if (this.#level === CAPACITY) this.#skip(1);
    this.#ring[(this.#start + this.#level) % CAPACITY] = sample;
    this.#level += 1;
  }

  #skip(samples: number) {
    const skipped = Math.min(Math.floor(samples), this.#level);
    this.#start = (this.#start + skipped) % CAPACITY;
    this.#level -= skipped;
    this.#fadeIn = FADE;
  }

  #take(block: Float32Array) {
    if (block.length === 0) return;
    for (let n = 0; n < block.length; n += 1) {
      const gain = this.#fadeIn > 0 ? 1 - this.#fadeIn / FADE : 1;
      if (this.#fadeIn > 0) this.#fadeIn -= 1;
      block[n] = (this.#ring[this.#start] ?? 0) * gain;
      this.#start = (this.#start + 1) % CAPACITY;
      this.#level -= 1;
    }
    this.#last = block[block.length - 1] ?? 0;
  }

  /** What is left is played, and its last sample fades out. */
  #runDry(block: Float32Array) {
    const left = this.#level;
    this.#take(block.subarray(0, left));
    const last = block[left - 1] ?? this.#last;
    for (let n = left; n < block.length; n += 1) {
      block[n] = last * Math.max(0, 1 - (n - left + 1) / FADE);
    }
    this.#played += left;
    this.#isPlaying = false;
    this.#silence = "unknown";
    this.#dry = block.length - left;
  }
}
