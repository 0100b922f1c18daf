import { expect, it } from "vitest";
import { voiceSample } from "./sample";
import type { VoiceCounts } from "./traffic";

const before: VoiceCounts = {
  ...{ roundTripMs: 80, taken: 100, late: 1, sent: 100, unsent: 2, bytes: 7_000, heard: 50 },
  lost: 0,
  lines: [
    { line: 0, frames: 50, lost: 0, bytes: 3_500, played: 48_000, concealed: 0, targetMs: 60 },
  ],
};
const now: VoiceCounts = {
  ...{ roundTripMs: 90, taken: 340, late: 4, sent: 345, unsent: 7, bytes: 24_500, heard: 290 },
  lost: 10,
  lines: [
    {
      line: 0,
      frames: 290,
      lost: 10,
      bytes: 21_000,
      played: 288_000,
      concealed: 9_600,
      targetMs: 90,
    },
    { line: 3, frames: 5, lost: 0, bytes: 100, played: 4_800, concealed: 0, targetMs: 40 },
  ],
};

it("a sample tells what went and came since the last", () => {
  const receiving = new Map([["v0", { source: "microphone" as const, publisher: "ines" }]]);
  expect(voiceSample(before, now, 5_000, ["v0", "v1", "v2", "v3"], receiving)).toEqual({
    kind: "sample",
    over_ms: 5_000,
    path: "websocket",
    round_trip_ms: 90,
    lines: [
      { way: "up", source: "microphone", bitrate_kbps: 28, packets: 250, lost: 8 },
      {
        way: "down",
        source: "microphone",
        publisher: "ines",
        bitrate_kbps: 28,
        packets: 240,
        lost: 10,
        samples: 240_000,
        concealed_samples: 9_600,
      },
    ],
  });
});
