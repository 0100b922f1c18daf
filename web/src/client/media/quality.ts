/** How good the connection is, from `getStats`. Pure. */

/** Beyond each of these a bar goes, as the server does it (`grade.py`). Source: ITU-T G.114 (delay), and what
 * Opus with FEC conceals well (loss). */
const ROUND_TRIP_MS = [200, 300, 400] as const;
const LOSS = [0.02, 0.04, 0.08] as const;

/** Four are the best. */
export type Bars = 1 | 2 | 3 | 4;

/** What takes bars from a connection, as far as one end sees it. */
export type Weakness = "loss_down" | "delay";

/** Running totals of one look at the statistics. */
export interface Totals {
  readonly received: number;
  readonly lost: number;
  readonly roundTripMs: number | null;
  /** Whether this device is too slow for the picture that it should send. */
  readonly isDeviceBusy: boolean;
}

export interface QualityHint {
  /** Null while nothing is known. */
  readonly bars: Bars | null;
  /** What took the bars that are missing. */
  readonly weakness: Weakness | null;
  readonly roundTripMs: number | null;
  /** Share of packets lost on the way to us since the last look. */
  readonly loss: number;
  /** This device sends a smaller picture than it should because it is too slow for it. */
  readonly isDeviceBusy: boolean;
}

export const QUALITY_UNKNOWN: QualityHint = {
  bars: null,
  weakness: null,
  roundTripMs: null,
  loss: 0,
  isDeviceBusy: false,
};

/** One entry of an `RTCStatsReport`. */
export type StatsEntry = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Sums up the entries of an `RTCStatsReport`. */
export function totalsOf(entries: Iterable<StatsEntry>): Totals {
  let received = 0;
  let lost = 0;
  let roundTripMs: number | null = null;
  let isDeviceBusy = false;
  for (const entry of entries) {
    if (entry.type === "inbound-rtp") {
      received += numberOf(entry.packetsReceived);
      lost += numberOf(entry.packetsLost);
    }
    if (entry.type === "outbound-rtp") isDeviceBusy ||= isHeldByDevice(entry);
    const isUsedPath = entry.type === "candidate-pair" && entry.nominated === true;
    if (isUsedPath && typeof entry.currentRoundTripTime === "number") {
      roundTripMs = entry.currentRoundTripTime * 1_000;
    }
  }
  return { received, lost, roundTripMs, isDeviceBusy };
}

/** What is known without statistics of a peer. */
export function qualityOf(roundTripMs: number | null, loss: number): QualityHint {
  return { ...gradeOf(roundTripMs, loss), roundTripMs, loss, isDeviceBusy: false };
}

/** Compares two looks; a weaker one of delay and loss decides. */
export function qualityBetween(before: Totals, now: Totals): QualityHint {
  const lost = Math.max(0, now.lost - before.lost);
  const expected = now.received - before.received + lost;
  const loss = expected > 0 ? lost / expected : 0;
  return {
    ...gradeOf(now.roundTripMs, loss),
    roundTripMs: now.roundTripMs,
    loss,
    isDeviceBusy: now.isDeviceBusy,
  };
}

function gradeOf(roundTripMs: number | null, loss: number): Pick<QualityHint, "bars" | "weakness"> {
  if (roundTripMs === null) return { bars: null, weakness: null };
  const [ofDelay, ofLoss] = [barsOf(roundTripMs, ROUND_TRIP_MS), barsOf(loss, LOSS)];
  if (ofDelay === 4 && ofLoss === 4) return { bars: 4, weakness: null };
  return ofLoss <= ofDelay
    ? { bars: ofLoss, weakness: "loss_down" }
    : { bars: ofDelay, weakness: "delay" };
}

function barsOf(value: number, limits: readonly [number, number, number]): Bars {
  return (4 - limits.filter((limit) => value > limit).length) as Bars;
}

/** Source: Identifiers for WebRTC's Statistics API, W3C, `qualityLimitationReason`. */
function isHeldByDevice(sent: StatsEntry): boolean {
  return sent.active !== false && sent.qualityLimitationReason === "cpu";
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
