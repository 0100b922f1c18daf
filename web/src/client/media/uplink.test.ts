import { describe, expect, it } from "vitest";
import {
  afterReport,
  reportBetween,
  sentTotalsOf,
  THIN_VOICE_BPS,
  type UplinkState,
  WIDE_UPLINK,
} from "./uplink";

const LOOK_MS = 2_500;

/** A line of some width that loses what does not fit, and a share of the rest. */
class Line {
  state: UplinkState = WIDE_UPLINK;
  #now = 0;

  constructor(readonly loses = 0) {}

  /** For how many of these seconds pictures were sent. */
  runs(seconds: number, carriesBps: number): number {
    let withPictures = 0;
    for (let at = 0; at < seconds * 1_000; at += LOOK_MS) {
      const { load } = this.state;
      const voiceBps = load === "thin_voice" ? THIN_VOICE_BPS : 32_000;
      const sentBps = (load === "all" ? 60_000 : 0) + 2 * voiceBps + 24_000;
      const deliveredBps = Math.min(sentBps, carriesBps) * (1 - this.loses);
      const loss = 1 - deliveredBps / sentBps;
      this.state = afterReport(this.state, { loss, deliveredBps }, this.#now);
      this.#now += LOOK_MS;
      withPictures += this.state.load === "all" ? LOOK_MS / 1_000 : 0;
    }
    return withPictures;
  }
}

describe("our way up", () => {
  it("carries the voice alone where it is narrow, and is seldom tried", () => {
    const line = new Line();
    expect(line.runs(10, 50_000)).toBeLessThanOrEqual(5);
    expect(line.runs(600, 50_000)).toBeLessThanOrEqual(60);
  });

  it("carries all again when it is wide again", () => {
    const line = new Line();
    line.runs(60, 50_000);
    line.runs(150, 1_000_000);
    expect(line.state.load).toBe("all");
  });

  it("keeps its pictures where there is room for them", () => {
    expect(new Line().runs(60, 150_000)).toBe(60);
  });

  it("is given all again where less does not help", () => {
    expect(new Line(0.4).runs(130, 1_000_000)).toBeGreaterThanOrEqual(105);
  });

  it("is not narrow for one gap", () => {
    const gap = { loss: 0.9, deliveredBps: 10_000 };
    const none = { loss: 0, deliveredBps: 10_000 };
    const after = [gap, none, gap].reduce(
      (state, report, at) => afterReport(state, report, at * LOOK_MS),
      WIDE_UPLINK,
    );
    expect(after.load).toBe("all");
  });
});

describe("what the server reports", () => {
  const sent = (ssrc: number, packetsSent: number, bytesSent: number) => ({
    type: "outbound-rtp",
    ...{ ssrc, packetsSent, bytesSent, headerBytesSent: packetsSent * 10 },
  });
  const report = (ssrc: number, timestamp: number, fractionLost: number) => ({
    type: "remote-inbound-rtp",
    ...{ ssrc, timestamp, fractionLost },
  });

  it("counts by the packets of each stream, of the fresh ones only", () => {
    const before = sentTotalsOf([sent(1, 0, 0), sent(2, 0, 0), report(2, 5, 0.5)]);
    const now = sentTotalsOf([
      ...[sent(1, 100, 9_000), report(1, 10, 0.2)],
      ...[sent(2, 900, 40_000), report(2, 5, 0.5)],
      sent(3, 50, 1_000),
    ]);
    const told = reportBetween(before, now, 1_000);
    expect(told?.loss).toBeCloseTo(0.2);
    expect(told?.deliveredBps).toBeCloseTo((50_000 + 10_500) * 8 * 0.8);
  });

  it("is nothing where there is no fresh report", () => {
    const totals = sentTotalsOf([sent(1, 100, 9_000), report(1, 10, 0.2)]);
    expect(reportBetween(totals, totals, 1_000)).toBeNull();
    expect(reportBetween(new Map(), sentTotalsOf([sent(1, 5, 100)]), 1_000)).toBeNull();
  });
});
