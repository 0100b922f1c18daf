/**
 * When our smallest picture is sent with half its lines, so that it goes on moving on a thin line. Pure.
 *
 * Browsers have a least size, below which they leave out pictures instead: Chromium sends 320 × 180 at 40 kbit/s as two to
 * nine a second, and half of that as twenty. They do not lead out of it by themselves either: what they believe of a line
 * that they fill in part is at most one and a half times what they sent, and so it stays when the line is wide again. They
 * try the line whenever a limit of ours changes, so we change one from time to time.
 * Source: libwebrtc, `aimd_rate_control.cc` and `probe_controller.cc`.
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

/** When the browser is asked for the first time, then twice as late each time. */
const ASK_AFTER_MS = 10_000;
const ASK_AFTER_MAX_MS = 80_000;

export interface Coarseness {
  readonly restraint: Restraint;
  /** How often the browser was asked to try the line, since the picture is coarse. */
  readonly asks: number;
  readonly askedAt: number;
}

export const FINE: Coarseness = { restraint: unrestrained(MANNER), asks: 0, askedAt: 0 };

export function isCoarse({ restraint }: Coarseness): boolean {
  return restraint.step > 0;
}

/** The state after one more look at what the browser gives our camera; `now` in milliseconds. */
export function afterTarget(state: Coarseness, targetBps: number, now: number): Coarseness {
  const { asks, askedAt } = state;
  const isTooLittle = targetBps < (isCoarse(state) ? AMPLE_BPS : SCARCE_BPS);
  const restraint = restrained(state.restraint, isTooLittle, now, MANNER);
  if (restraint.step !== state.restraint.step) return { restraint, asks: 0, askedAt: now };
  const asksAgain =
    isCoarse(state) &&
    isTooLittle &&
    now - askedAt >= Math.min(ASK_AFTER_MS * 2 ** asks, ASK_AFTER_MAX_MS);
  return asksAgain ? { restraint, asks: asks + 1, askedAt: now } : { ...state, restraint };
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
