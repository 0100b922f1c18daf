/**
 * What a computer that is too slow for its own picture leaves out, and when it tries again. Pure.
 *
 * Browsers in this need scale every layer down, so that none has the size that the server counts on. The largest
 * layer takes most of the work: without it the others keep their sizes.
 */
import type { Layer } from "../signaling";
import { type Manner, type Restraint, restrained, unrestrained } from "./restraint";

/** `smaller`: without the largest layer. `slower`: and fewer pictures a second. */
export type Relief = "none" | "smaller" | "slower";

const STEPS: readonly Relief[] = ["none", "smaller", "slower"];
const MANNER: Manner = {
  // A start or a compilation is no lasting need, and Chromium takes up to 40 s to see that it has room again.
  // Source: libwebrtc, `overuse_frame_detector.cc`, `kStandardRampUpDelayMs`.
  stepAfterMs: [5_000, 45_000],
  patienceMs: 20_000,
  patienceMaxMs: 320_000,
  wrongWithinMs: 60_000,
};
/** Speech and a face bear it. */
const FRAMES_PER_S_SLOWER = 12;

export const NO_RELIEF = unrestrained(MANNER);

/** The state after one more look; `now` in milliseconds. */
export function afterLook(state: Restraint, isBusy: boolean, now: number): Restraint {
  return restrained(state, isBusy, now, MANNER);
}

export function reliefIn({ step }: Restraint): Relief {
  return STEPS[step] ?? "none";
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
