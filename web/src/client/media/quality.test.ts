import { expect, it } from "vitest";
import { levelOf } from "./meter";
import { qualityBetween, totalsOf } from "./quality";

const at = (received: number, lost: number, roundTripMs: number | null = 40) => ({
  received,
  lost,
  roundTripMs,
  isDeviceBusy: false,
});

it("sums up all incoming streams and the path in use", () => {
  expect(
    totalsOf([
      { type: "inbound-rtp", packetsReceived: 10, packetsLost: 1 },
      { type: "inbound-rtp", packetsReceived: 5 },
      { type: "outbound-rtp", packetsReceived: 99 },
      { type: "candidate-pair", nominated: false, currentRoundTripTime: 9 },
      { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.05 },
    ]),
  ).toEqual({ received: 15, lost: 1, roundTripMs: 50, isDeviceBusy: false });
});

it("knows when this device is too slow for its own picture", () => {
  const layer = (part: object) => ({
    type: "outbound-rtp",
    qualityLimitationReason: "cpu",
    ...part,
  });
  expect(totalsOf([layer({})]).isDeviceBusy).toBe(true);
  expect(totalsOf([layer({ active: false })]).isDeviceBusy).toBe(false);
  expect(totalsOf([layer({ qualityLimitationReason: "bandwidth" })]).isDeviceBusy).toBe(false);
  const busy = { ...at(100, 0), isDeviceBusy: true };
  expect(qualityBetween(at(0, 0), busy)).toMatchObject({ quality: "good", isDeviceBusy: true });
});

it("judges what happened since the last look only", () => {
  expect(qualityBetween(at(0, 100), at(100, 100))).toMatchObject({ quality: "good", loss: 0 });
  expect(qualityBetween(at(0, 0), at(95, 5))).toMatchObject({ quality: "fair", loss: 0.05 });
  expect(qualityBetween(at(0, 0), at(80, 20)).quality).toBe("weak");
});

it("lets the worse of delay and loss decide", () => {
  expect(qualityBetween(at(0, 0), at(100, 0, 250)).quality).toBe("fair");
  expect(qualityBetween(at(0, 0), at(100, 0, 500)).quality).toBe("weak");
  expect(qualityBetween(at(0, 0), at(100, 0, null)).quality).toBe("unknown");
});

it("shows silence as nothing and full scale as all", () => {
  expect(levelOf(new Float32Array(8))).toBe(0);
  expect(levelOf(new Float32Array(8).fill(1))).toBe(1);
  expect(levelOf(new Float32Array(8).fill(0.001))).toBeCloseTo(0, 5);
});
