/** How long to wait before the next attempt to reach the server. Pure. */

/** The first attempt comes after a random part of this, so that a restarted server is not hit by all at once. */
const FIRST_DELAY_MAX_MS = 500;
const DELAYS_MS = [300, 1_000, 2_000, 5_000, 10_000] as const;
/** Later delays vary by this share, up or down. */
const JITTER = 0.25;

/** The wait before attempt `attempt` (0, 1, 2 …) in ms; `random` is in [0, 1). */
export function retryDelayMs(attempt: number, random: number): number {
  if (attempt === 0) return random * FIRST_DELAY_MAX_MS;
  const delay = DELAYS_MS[Math.min(attempt, DELAYS_MS.length) - 1] ?? FIRST_DELAY_MAX_MS;
  return delay * (1 - JITTER + 2 * JITTER * random);
}
