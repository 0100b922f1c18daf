/**
 * Whether the path of media is dead, seen before the browser says so, which takes it five to seven seconds. Pure.
 *
 * Who sends is answered with reports several times a second; where none comes though packets go out, the
 * network has changed under the connection.
 */

import type { StatsEntry } from "./quality";

/** What a transport has carried so far. */
export interface Traffic {
  readonly packetsSent: number;
  readonly packetsReceived: number;
}

/** The traffic when something last came, and when that was. */
export interface LastArrival extends Traffic {
  readonly atMs: number;
}

/** Of the one transport that all lines share; null before there is one, or where the browser does not tell. */
export function trafficOf(entries: Iterable<StatsEntry>): Traffic | null {
  for (const { type, packetsSent, packetsReceived } of entries) {
    if (type !== "transport") continue;
    if (typeof packetsSent !== "number" || typeof packetsReceived !== "number") return null;
    return { packetsSent, packetsReceived };
  }
  return null;
}

export const LOOK_INTERVAL_MS = 500;
/** Longer than feedback ever takes (250 ms) on a path that carries a call at all. */
const SILENCE_MAX_MS = 2_000;
/** Fewer packets than these need not be answered in that time: sound in a pause is two a second. */
const UNANSWERED_MIN = 8;

/** The last arrival as of now; the same while nothing more has come. */
export function arrival(last: LastArrival | null, now: Traffic, nowMs: number): LastArrival {
  const isSilent = last !== null && last.packetsReceived === now.packetsReceived;
  return isSilent ? last : { ...now, atMs: nowMs };
}

export function isDead(last: LastArrival, now: Traffic, nowMs: number): boolean {
  const unanswered = now.packetsSent - last.packetsSent;
  return nowMs - last.atMs >= SILENCE_MAX_MS && unanswered >= UNANSWERED_MIN;
}
