import { describe, expect, it } from "vitest";
import type { PeerLook } from "../media";
import type { Source } from "../signaling";
import { type Receiving, sampleBetween, snapshotOf } from "./sample";

const SENT = new Map<string, Source>([
  ["0", "microphone"],
  ["1", "camera"],
]);
const RECEIVING = new Map<string, Receiving>([
  ["4", { source: "microphone", publisher: "ann" }],
  ["11", { source: "camera", publisher: "ann", picture: "shown" }],
]);

const PATH = [
  { type: "transport", id: "T", selectedCandidatePairId: "P" },
  { type: "candidate-pair", id: "P", localCandidateId: "L", currentRoundTripTime: 0.0424 },
  { type: "local-candidate", id: "L", candidateType: "host", protocol: "udp" },
];

function sample(before: PeerLook["entries"], now: PeerLook["entries"], receiving = RECEIVING) {
  return sampleBetween(
    snapshotOf({ entries: before, sent: SENT }, 1_000),
    snapshotOf({ entries: now, sent: SENT }, 6_000),
    receiving,
  );
}

describe("a sample", () => {
  it("has what was sent, by layer, with the loss that the server reports", () => {
    const layer = (packetsSent: number, bytesSent: number) => ({
      type: "outbound-rtp",
      id: "O",
      kind: "video",
      mid: "1",
      rid: "h",
      packetsSent,
      bytesSent,
      framesPerSecond: 24,
      frameWidth: 640,
      frameHeight: 360,
      qualityLimitationReason: "bandwidth",
    });
    const report = (packetsLost: number) => ({
      type: "remote-inbound-rtp",
      localId: "O",
      packetsLost,
      roundTripTime: 0.08,
      jitter: 0.002,
    });
    const got = sample([layer(100, 0), report(3)], [layer(600, 312_500), report(13), ...PATH]);
    expect(got).toEqual({
      kind: "sample",
      over_ms: 5_000,
      round_trip_ms: 42.4,
      path: "udp",
      lines: [
        {
          way: "up",
          source: "camera",
          layer: "h",
          bitrate_kbps: 500,
          packets: 500,
          lost: 10,
          round_trip_ms: 80,
          jitter_ms: 2,
          fps: 24,
          width: 640,
          height: 360,
          limit: "bandwidth",
        },
      ],
    });
  });

  it("has what came of each person: lost, frozen and made up", () => {
    const voice = (packets: number, concealed: number, silent: number) => ({
      type: "inbound-rtp",
      kind: "audio",
      mid: "4",
      packetsReceived: packets,
      packetsLost: 2,
      concealedSamples: concealed,
      silentConcealedSamples: silent,
      totalSamplesReceived: packets * 960,
    });
    const picture = (frozenS: number) => ({
      type: "inbound-rtp",
      kind: "video",
      mid: "11",
      packetsReceived: 10,
      bytesReceived: 0,
      packetsLost: 0,
      freezeCount: frozenS > 0 ? 1 : 0,
      totalFreezesDuration: frozenS,
    });
    const lines = sample(
      [voice(0, 0, 0), picture(0)],
      [voice(250, 5_000, 1_000), picture(1.25)],
    )?.lines;
    expect(lines).toEqual([
      {
        way: "down",
        source: "microphone",
        publisher: "ann",
        bitrate_kbps: 0,
        packets: 250,
        lost: 0,
        concealed_samples: 4_000,
        samples: 240_000,
      },
      expect.objectContaining({ source: "camera", picture: "shown", freezes: 1, frozen_ms: 1_250 }),
    ]);
  });

  it("keeps the line of a picture that does not come, to say why, and drops idle ones", () => {
    const idle = (mid: string) => ({ type: "inbound-rtp", kind: "video", mid, packetsReceived: 3 });
    const paused = new Map<string, Receiving>([
      ["11", { source: "camera", publisher: "ann", picture: "paused" }],
    ]);
    const both = [idle("11"), idle("12"), { type: "outbound-rtp", id: "O", mid: "0" }];
    const lines = sample(both, both, paused)?.lines;
    expect(lines).toEqual([expect.objectContaining({ publisher: "ann", picture: "paused" })]);
  });

  it("says by which relay packets leave, and nothing where there is no path", () => {
    const relayed = PATH.map((entry) =>
      entry.id === "L" ? { ...entry, candidateType: "relay", relayProtocol: "tls" } : entry,
    );
    expect(sample([], relayed)?.path).toBe("relay-tls");
    expect(sample([], [])).toEqual({ kind: "sample", over_ms: 5_000, lines: [] });
  });

  it("begins anew where totals fall, as after a line was made again", () => {
    const voice = (packetsReceived: number) => ({
      type: "inbound-rtp",
      kind: "audio",
      mid: "4",
      packetsReceived,
    });
    expect(sample([voice(500)], [voice(20)])?.lines).toEqual([]);
  });
});
