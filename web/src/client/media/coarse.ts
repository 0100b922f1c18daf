/**
 * When our smallest picture is sent with half its lines, so that it goes on moving on a thin line. Pure.
 *
 * Browsers have a least size, below which they leave out pictures instead: Chromium sends 320 × 180 at 40 kbit/s as two to
 * nine a second, and half of that as twenty. They do not lead out of it by themselves either: on a line that they
 * fill in part only, their estimate falls to what they sent whenever the line stutters.
 */
import type { StatsEntry } from "./quality";
import { type Manner, type Restraint, restrained, unrestrained } from "./restraint";

/** A face of 180 lines stops moving evenly below the first; the second is nearly all that it may have (`encoding.ts`). */
const SCARCE_BPS = 80_000;
const AMPLE_BPS = 120_000;
const MANNER: Manner = {
  stepAfterMs: [0],
  patienceMs: 10_000,
  patienceMaxMs: 320_000,
  wrongWithinMs: 60_000,
};

export const FINE = unrestrained(MANNER);

export function isCoarse({ step }: Restraint): boolean {
  return step > 0;
}

/** The state after one more look at what the browser gives our camera; `now` in milliseconds. */
export function afterTarget(state: Restraint, targetBps: number, now: number): Restraint {
  return restrained(state, targetBps < (isCoarse(state) ? AMPLE_BPS : SCARCE_BPS), now, MANNER);
}

/**
 * What the browser means to give all layers of our camera, in bits a second; null while none is sent, or where it does not
 * tell (Firefox). Source: Identifiers for WebRTC's Statistics API, W3C, `targetBitrate`.
 */
export function cameraTargetOf(entries: readonly StatsEntry[]): number | null {
  const targets = entries.flatMap(({ type, rid, active, targetBitrate }) =>
    type === "outbound-rtp" && rid && active && typeof targetBitrate === "number"
      ? [targetBitrate]
      : [],
  );
  return targets.length === 0 ? null : targets.reduce((sum, target) => sum + target);
}
