/**
 * What our own way to the server bears: when our pictures rest, so that our voice comes through. Pure.
 *
 * Browsers share it out, but not to the end: Chromium goes on sending a picture at its least rate, and each frame of sound
 * twice, on a line that carries neither, and most of both is lost. The server sees it too, but its word would
 * wait behind what is lost. More is tried a step at a time, and later each time that it was wrong.
 */
import type { StatsEntry } from "./quality";

/** `voice`: no pictures. `thin_voice`: no pictures, and the voice in as few bits as can be. */
export type Load = "all" | "voice" | "thin_voice";

/** What the server told of what we sent since its report before. */
export interface UplinkReport {
  /** Share of packets lost. */
  readonly loss: number;
  /** Bits a second that came through. */
  readonly deliveredBps: number;
}

export interface UplinkState {
  readonly load: Load;
  /** When the load changed. */
  readonly since: number;
  /** Since when all has been well; null while it is not. */
  readonly calmSince: number | null;
  /** Reports in a row of a line that is full. */
  readonly starved: number;
  /** What was lost when the load was made less. */
  readonly starvedLoss: number;
  readonly patienceMs: number;
  /** When less proved to be of no use. */
  readonly vainAt: number;
}

/** The least that Opus has, since browsers send each frame twice. Source: RFC 6716 §2.1.1. */
export const THIN_VOICE_BPS = 6_000;

/** Share of packets lost from which on the line is taken for full ... */
const STARVED_LOSS = 0.1;
/** ... if no more than this comes through. Where more does, losses are of another kind. */
const STARVED_BPS = 120_000;
/** So many reports in a row: a gap is no narrow line. One is enough where that is known. */
const STARVED_REPORTS = 2;
/** Share of packets lost up to which all is well. */
const CALM_LOSS = 0.03;
const PATIENCE_MS = 4_000;
const PATIENCE_MAX_MS = 64_000;
/** Who was wrong this soon waits twice as long the next time. */
const WRONG_WITHIN_MS = 30_000;
/** If sending less has not helped by then, the line is not narrow but bad, and less is of no use ... */
const HELPS_WITHIN_MS = 8_000;
/** ... and is not tried again for this long. */
const VAIN_FOR_MS = 120_000;

const NEVER = Number.NEGATIVE_INFINITY;

export const WIDE_UPLINK: UplinkState = {
  load: "all",
  since: NEVER,
  calmSince: null,
  starved: 0,
  starvedLoss: 0,
  patienceMs: PATIENCE_MS,
  vainAt: NEVER,
};

/** The state after one more report; `now` in milliseconds. */
export function afterReport(state: UplinkState, report: UplinkReport, now: number): UplinkState {
  const { loss, deliveredBps } = report;
  const isStarved = loss > STARVED_LOSS && deliveredBps < STARVED_BPS;
  const starved = isStarved ? state.starved + 1 : 0;
  const calmSince = loss > CALM_LOSS ? null : (state.calmSince ?? now);
  const seen: UplinkState = { ...state, starved, calmSince };
  const isKnown = state.load === "voice";
  if (starved >= (isKnown ? 1 : STARVED_REPORTS)) return spared(seen, loss, now);
  const isCalm = calmSince !== null && now - calmSince >= state.patienceMs;
  return isCalm && state.load !== "all" ? bearing(seen, more(state.load), now) : seen;
}

function spared(state: UplinkState, loss: number, now: number): UplinkState {
  if (state.load === "thin_voice") {
    const isVain = now - state.since >= HELPS_WITHIN_MS && loss > state.starvedLoss / 2;
    return isVain ? { ...bearing(state, "all", now), vainAt: now } : state;
  }
  if (now - state.vainAt < VAIN_FOR_MS) return state;
  const wasTried = now - state.since < WRONG_WITHIN_MS;
  const patienceMs = wasTried ? Math.min(2 * state.patienceMs, PATIENCE_MAX_MS) : PATIENCE_MS;
  return { ...bearing(state, "thin_voice", now), starvedLoss: loss, patienceMs };
}

function bearing(state: UplinkState, load: Load, now: number): UplinkState {
  return { ...state, load, since: now, calmSince: null, starved: 0 };
}

function more(load: Load): Load {
  return load === "thin_voice" ? "voice" : "all";
}

/** Running totals of what we sent, by stream, and when the server last reported of it. */
export type SentTotals = ReadonlyMap<number, SentStream>;

interface SentStream {
  readonly packets: number;
  readonly bytes: number;
  readonly reportedAt: number;
  readonly fractionLost: number | null;
}

/** Source: Identifiers for WebRTC's Statistics API, W3C, `outbound-rtp` and `remote-inbound-rtp`. */
export function sentTotalsOf(entries: readonly StatsEntry[]): SentTotals {
  const reports = new Map(
    entries.flatMap((entry) => (entry.type === "remote-inbound-rtp" ? [[entry.ssrc, entry]] : [])),
  );
  const sent = entries.filter(({ type }) => type === "outbound-rtp");
  return new Map(
    sent.map((entry) => {
      const report = reports.get(entry.ssrc);
      const stream: SentStream = {
        packets: numberIn(entry.packetsSent),
        bytes: numberIn(entry.bytesSent) + numberIn(entry.headerBytesSent),
        reportedAt: numberIn(report?.timestamp),
        fractionLost: typeof report?.fractionLost === "number" ? report.fractionLost : null,
      };
      return [numberIn(entry.ssrc), stream];
    }),
  );
}

/** What the server reported between two looks that are `ms` apart; null if it reported nothing. */
export function reportBetween(
  before: SentTotals,
  now: SentTotals,
  ms: number,
): UplinkReport | null {
  let [packets, bytes, reported, lost] = [0, 0, 0, 0];
  for (const [ssrc, stream] of now) {
    const was = before.get(ssrc);
    const sent = stream.packets - (was?.packets ?? 0);
    packets += sent;
    bytes += stream.bytes - (was?.bytes ?? 0);
    if (stream.fractionLost === null || stream.reportedAt === was?.reportedAt) continue;
    reported += sent;
    lost += sent * stream.fractionLost;
  }
  if (packets === 0 || reported === 0 || ms <= 0) return null;
  const loss = lost / reported;
  return { loss, deliveredBps: ((bytes * 8_000) / ms) * (1 - loss) };
}

function numberIn(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
