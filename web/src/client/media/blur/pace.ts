/** Whether a device blurs fast enough, and how large a picture it blurs, from the time that each takes. Pure. */

export interface Pace {
  /** An index into the steps below; as many as there are when even the last is too slow. */
  readonly step: number;
  readonly frames: number;
  readonly totalMs: number;
  /** Warming up included. */
  readonly spentMs: number;
}

interface Step {
  /** Of the camera's lines. */
  readonly scale: number;
  /** On average. */
  readonly frameMsMax: number;
}

/** Half of the lines still make a good face; below that anything is better than to give up. */
const STEPS: readonly Step[] = [
  { scale: 1, frameMsMax: 60 },
  { scale: 1 / 2, frameMsMax: 80 },
  { scale: 1 / 3, frameMsMax: 125 },
];
/** The first frames compile shaders. */
const WARM_UP_FRAMES = 4;
const WINDOW_FRAMES = 12;
/** A hiccup of the page counts no more than this, in times of what is allowed. */
const HICCUP = 3;
/** A device that is this slow needs no warming up to be known; a lid that was shut for an hour counts as one frame of 2 s. */
const SPENT_MS_MAX = 6_000;
const FRAME_MS_MAX = 2_000;

export const FULL_PACE: Pace = { step: 0, frames: 0, totalMs: 0, spentMs: 0 };

/** The share of the camera's lines that is blurred; 0 where the device is too slow for any. */
export function scaleOf({ step }: Pace): number {
  return STEPS[step]?.scale ?? 0;
}

/** The pace after a frame that took so many milliseconds. */
export function afterFrame(pace: Pace, frameMs: number): Pace {
  const limitMs = STEPS[pace.step]?.frameMsMax ?? Number.POSITIVE_INFINITY;
  const frames = pace.frames + 1;
  const spentMs = pace.spentMs + Math.min(frameMs, FRAME_MS_MAX);
  const isWarm = frames > WARM_UP_FRAMES;
  const totalMs = isWarm ? pace.totalMs + Math.min(frameMs, HICCUP * limitMs) : 0;
  const isTooSlow = totalMs > WINDOW_FRAMES * limitMs || spentMs > SPENT_MS_MAX;
  if (isTooSlow) return { ...FULL_PACE, step: pace.step + 1 };
  if (frames < WARM_UP_FRAMES + WINDOW_FRAMES) return { ...pace, frames, totalMs, spentMs };
  return { ...pace, frames: WARM_UP_FRAMES, totalMs: 0, spentMs: 0 };
}
