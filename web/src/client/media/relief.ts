/**
 * What a computer that is too slow for its own picture leaves out, and when it tries again. Pure.
 *
 * Browsers in this need scale every layer down, so that none has the size that the server counts on. The largest
 * layer takes most of the work: without it the others keep their sizes.
 */
import type { Layer } from "../signaling";

/** `smaller`: without the largest layer. `slower`: and fewer pictures a second. */
export type Relief = "none" | "smaller" | "slower";

export interface ReliefState {
  readonly relief: Relief;
  readonly isBusy: boolean;
  /** When the device became busy, or calm, or was relieved: what lasts since then counts. */
  readonly since: number;
  /** How long it must have been calm before more is tried. */
  readonly patienceMs: number;
  /** When more was tried last. */
  readonly triedAt: number;
}

const STEPS: readonly Relief[] = ["none", "smaller", "slower"];
/** A start or a compilation is no lasting need. */
const RELIEVE_AFTER_MS = 5_000;
/** Chromium takes up to 40 s to see that it has room again. Source: libwebrtc, `overuse_frame_detector.cc`,
 * `kStandardRampUpDelayMs`. */
const RELIEVE_MORE_AFTER_MS = 45_000;
const PATIENCE_MS = 20_000;
/** Who was wrong this soon waits twice as long the next time. */
const WRONG_WITHIN_MS = 60_000;
const PATIENCE_MAX_MS = 320_000;
/** Speech and a face bear it. */
const FRAMES_PER_S_SLOWER = 12;

export const NO_RELIEF: ReliefState = {
  relief: "none",
  isBusy: false,
  since: 0,
  patienceMs: PATIENCE_MS,
  triedAt: Number.NEGATIVE_INFINITY,
};

/** The state after one more look; `now` in milliseconds. */
export function afterLook(state: ReliefState, isBusy: boolean, now: number): ReliefState {
  if (isBusy !== state.isBusy) return { ...state, isBusy, since: now };
  const lastedMs = now - state.since;
  if (isBusy) return lastedMs < reliefAfterMs(state) ? state : relieved(state, now);
  return lastedMs < state.patienceMs ? state : tryingMore(state, now);
}

/** The layers to send of those that the server wants: the next smaller one stands in for the one left out. */
export function affordable(wanted: readonly Layer[], relief: Relief): readonly Layer[] {
  if (relief === "none" || !wanted.includes("f")) return wanted;
  return [...new Set<Layer>([...wanted.filter((layer) => layer !== "f"), "h"])];
}

/** The most pictures a second; undefined for as many as there are. */
export function framesPerSMax(relief: Relief): number | undefined {
  return relief === "slower" ? FRAMES_PER_S_SLOWER : undefined;
}

function reliefAfterMs({ relief }: ReliefState): number {
  return relief === "none" ? RELIEVE_AFTER_MS : RELIEVE_MORE_AFTER_MS;
}

function relieved(state: ReliefState, now: number): ReliefState {
  const relief = stepFrom(state.relief, 1);
  if (relief === state.relief) return state;
  const wasWrong = now - state.triedAt < WRONG_WITHIN_MS;
  const patienceMs = wasWrong ? Math.min(2 * state.patienceMs, PATIENCE_MAX_MS) : state.patienceMs;
  return { ...state, relief, since: now, patienceMs };
}

function tryingMore(state: ReliefState, now: number): ReliefState {
  const relief = stepFrom(state.relief, -1);
  return relief === state.relief ? state : { ...state, relief, since: now, triedAt: now };
}

function stepFrom(relief: Relief, by: number): Relief {
  return STEPS[STEPS.indexOf(relief) + by] ?? relief;
}
