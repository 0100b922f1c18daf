/** The figures of a report as people read them. Pure. */
import type { ParticipantReport, Spread } from "../../client/api";

export interface Figure {
  readonly label: string;
  readonly value: string;
}

const REASONS: Readonly<Record<string, string>> = {
  paused: "no room",
  awaited: "did not come",
  declined: "by choice",
  blocked: "network lets none through",
};

/** What was measured, in the order of interest; what was not is left out. */
export function figuresOf(report: ParticipantReport): Figure[] {
  const { without_picture_s, concealed_percent } = report;
  const missing = Object.entries(without_picture_s).filter(([, s]) => s > 0);
  const figures: [string, string | null][] = [
    ["In the call", report.in_call_s > 0 ? lengthOf(report.in_call_s) : null],
    ["Joined within", report.join_ms === null ? null : `${(report.join_ms / 1_000).toFixed(1)} s`],
    ["Round trip", spreadOf(report.round_trip_ms, "ms", 0)],
    ["Lost on the way up", spreadOf(report.loss_up_percent, "%", 1)],
    ["Lost on the way down", spreadOf(report.loss_down_percent, "%", 1)],
    ["Sound made up", concealed_percent === null ? null : `${concealed_percent.toFixed(1)} %`],
    ["Pictures stood still", report.in_call_s > 0 ? `${report.frozen_s.toFixed(1)} s` : null],
    ...missing.map(([reason, s]): [string, string] => [
      `No picture: ${REASONS[reason] ?? reason}`,
      lengthOf(s),
    ]),
    ["Device too slow", report.slow_device_s > 0 ? lengthOf(report.slow_device_s) : null],
    ["Reconnects", report.in_call_s > 0 ? String(report.reconnects) : null],
    ["Device failures", report.device_failures > 0 ? String(report.device_failures) : null],
    ["Path", report.path?.toUpperCase() ?? null],
  ];
  return figures.flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
}

/** The middle, and what 95 of 100 samples stay within. */
function spreadOf(spread: Spread | null, unit: string, digits: number): string | null {
  if (spread === null) return null;
  return `${spread.median.toFixed(digits)} ${unit}, p95 ${spread.p95.toFixed(digits)} ${unit}`;
}

function lengthOf(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
