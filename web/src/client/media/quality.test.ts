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
  expect(qualityBetween(at(0, 0), busy)).toMatchObject({ bars: 4, isDeviceBusy: true });
});

it("judges what happened since the last look only", () => {
  expect(qualityBetween(at(0, 100), at(100, 100))).toMatchObject({ bars: 4, loss: 0 });
  expect(qualityBetween(at(0, 0), at(95, 5))).toMatchObject({ bars: 2, loss: 0.05 });
  expect(qualityBetween(at(0, 0), at(80, 20)).bars).toBe(1);
});

it("lets the worse of delay and loss decide", () => {
  const judged = (now: ReturnType<typeof at>) => {
    const { bars, weakness } = qualityBetween(at(0, 0), now);
    return [bars, weakness];
  };
  expect(judged(at(100, 0, 250))).toEqual([3, "delay"]);
  expect(judged(at(100, 0, 500))).toEqual([1, "delay"]);
  expect(judged(at(97, 3, 350))).toEqual([2, "delay"]);
  expect(judged(at(90, 10, 350))).toEqual([1, "loss_down"]);
  expect(judged(at(100, 0, null))).toEqual([null, null]);
});

it("shows silence as nothing and full scale as all", () => {
  expect(levelOf(new Float32Array(8))).toBe(0);
  expect(levelOf(new Float32Array(8).fill(1))).toBe(1);
  expect(levelOf(new Float32Array(8).fill(0.001))).toBeCloseTo(0, 5);
});
