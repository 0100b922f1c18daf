import { expect, it } from "vitest";
import type { ParticipantReport } from "../../client/api";
import { figuresOf } from "./figures";

const SILENT: ParticipantReport = {
  participant: "p",
  name: "Caro",
  role: "candidate",
  joined_at: 0,
  join_ms: null,
  in_call_s: 0,
  path: null,
  round_trip_ms: null,
  loss_up_percent: null,
  loss_down_percent: null,
  frozen_s: 0,
  concealed_percent: null,
  without_picture_s: {},
  slow_device_s: 0,
  reconnects: 0,
  device_failures: 0,
  level: "unknown",
  findings: [],
};

it("shows nothing of whom nothing is known", () => {
  expect(figuresOf(SILENT)).toEqual([]);
});

it("shows middle and tail, lengths of time and reasons in words", () => {
  const shown = figuresOf({
    ...SILENT,
    in_call_s: 125,
    join_ms: 840,
    round_trip_ms: { median: 41.6, p95: 120 },
    loss_up_percent: { median: 0, p95: 3.25 },
    without_picture_s: { paused: 65, declined: 0 },
    path: "relay-tls",
  });
  const values = Object.fromEntries(shown.map(({ label, value }) => [label, value]));
  expect(values).toEqual({
    "In the call": "2 min 5 s",
    "Joined within": "0.8 s",
    "Round trip": "42 ms, p95 120 ms",
    "Lost on the way up": "0.0 %, p95 3.3 %",
    "Pictures stood still": "0.0 s",
    "No picture: no room": "1 min 5 s",
    Reconnects: "0",
    Path: "RELAY-TLS",
  });
});
