/** How good the connection is, from `getStats`. Pure. */

/** Above these a call feels bad. Source: ITU-T G.114 (delay), and what Opus with FEC conceals well. */
const ROUND_TRIP_FAIR_MS = 200;
const ROUND_TRIP_WEAK_MS = 400;
const LOSS_FAIR = 0.02;
const LOSS_WEAK = 0.08;

export type Quality = "unknown" | "good" | "fair" | "weak";

/** Running totals of one look at the statistics. */
export interface Totals {
  readonly received: number;
  readonly lost: number;
  readonly roundTripMs: number | null;
  /** Whether this device is too slow for the picture that it should send. */
  readonly isDeviceBusy: boolean;
}

export interface QualityHint {
  readonly quality: Quality;
  readonly roundTripMs: number | null;
  /** Share of packets lost on the way to us since the last look. */
  readonly loss: number;
  /** This device sends a smaller picture than it should because it is too slow for it. */
  readonly isDeviceBusy: boolean;
}

export const QUALITY_UNKNOWN: QualityHint = {
  quality: "unknown",
  roundTripMs: null,
  loss: 0,
  isDeviceBusy: false,
};

type Entry = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Sums up the entries of an `RTCStatsReport`. */
export function totalsOf(entries: Iterable<Entry>): Totals {
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

/** Compares two looks; a weaker one of delay and loss decides. */
export function qualityBetween(before: Totals, now: Totals): QualityHint {
  const lost = Math.max(0, now.lost - before.lost);
  const expected = now.received - before.received + lost;
  const loss = expected > 0 ? lost / expected : 0;
  return {
    quality: gradeOf(now.roundTripMs, loss),
    roundTripMs: now.roundTripMs,
    loss,
    isDeviceBusy: now.isDeviceBusy,
  };
}

function gradeOf(roundTripMs: number | null, loss: number): Quality {
  if (roundTripMs === null) return "unknown";
  if (roundTripMs > ROUND_TRIP_WEAK_MS || loss > LOSS_WEAK) return "weak";
  if (roundTripMs > ROUND_TRIP_FAIR_MS || loss > LOSS_FAIR) return "fair";
  return "good";
}

/** Source: Identifiers for WebRTC's Statistics API, W3C, `qualityLimitationReason`. */
function isHeldByDevice(sent: Entry): boolean {
  return sent.active !== false && sent.qualityLimitationReason === "cpu";
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
