import { describe, expect, it } from "vitest";
import { afterTarget, type Coarseness, cameraTargetOf, FINE, isCoarse } from "./coarse";

const LOOK_S = 2.5;

/** What a camera is like after so many seconds of this target, for how many of them it was coarse, and when the line was tried. */
function given(state: Coarseness, targetBps: number, startS: number, seconds: number) {
  let [now, coarseS] = [state, 0];
  const askedS: number[] = [];
  for (let s = startS; s < startS + seconds; s += LOOK_S) {
    const { asks } = now;
    now = afterTarget(now, targetBps, s * 1_000);
    coarseS += isCoarse(now) ? LOOK_S : 0;
    if (now.asks > asks) askedS.push(s);
  }
  return { state: now, coarseS, askedS };
}

describe("our smallest picture", () => {
  it("is coarse within two looks when there are few bits for it, and stays so", () => {
    expect(given(FINE, 40_000, 0, 60).coarseS).toBe(60 - LOOK_S);
  });

  it("stays fine on a line that is thin but bears it, and in a single stutter", () => {
    expect(given(FINE, 100_000, 0, 600).coarseS).toBe(0);
    const stutter = given(FINE, 40_000, 0, LOOK_S).state;
    expect(given(stutter, 100_000, LOOK_S, 60).coarseS).toBe(0);
  });

  it("is fine again only when there has been nearly all that it may have, for a while", () => {
    const coarse = given(FINE, 40_000, 0, 10).state;
    expect(given(coarse, 100_000, 10, 600).coarseS).toBe(600);
    expect(given(coarse, 150_000, 10, 600).coarseS).toBe(10);
  });

  it("is tried fine later each time that it does not last", () => {
    let state = given(FINE, 40_000, 0, 10).state;
    const waits: number[] = [];
    for (const startS of [100, 1_000, 2_000]) {
      const restraint = { ...state.restraint, triedAt: Number.NEGATIVE_INFINITY };
      state = { ...state, restraint };
      const calm = given(state, 150_000, startS, 200);
      waits.push(calm.coarseS);
      const tried = { ...calm.state.restraint, triedAt: (startS + 200) * 1_000 };
      state = given({ ...calm.state, restraint: tried }, 40_000, startS + 200, 10).state;
    }
    expect(waits).toEqual([10, 20, 40]);
  });

  it("has the browser try the line while it is coarse, later each time, and at once again the next time", () => {
    const { state, askedS } = given(FINE, 60_000, 0, 320);
    expect(askedS).toEqual([12.5, 32.5, 72.5, 152.5, 232.5, 312.5]);
    const fine = given(state, 150_000, 320, 30);
    expect(fine.askedS).toEqual([]);
    expect(given(fine.state, 100_000, 350, 600).askedS).toEqual([]);
    expect(given(fine.state, 60_000, 350, 20).askedS).toEqual([362.5]);
  });
});

describe("what the browser gives our camera", () => {
  const layer = (rid: string, targetBitrate?: number, active = true) => ({
    type: "outbound-rtp",
    ...{ rid, targetBitrate, active },
  });

  it("is the sum over the layers that are sent, without screen and voice", () => {
    const entries = [
      layer("q", 150_000),
      layer("h", 300_000),
      layer("f", 1, false),
      { type: "outbound-rtp", targetBitrate: 32_000, active: true },
      { type: "inbound-rtp", rid: "q", targetBitrate: 1 },
    ];
    expect(cameraTargetOf(entries)).toBe(450_000);
  });

  it("is not known while none is sent, or where it is not told", () => {
    expect(cameraTargetOf([layer("q", 1, false), layer("q")])).toBeNull();
    expect(cameraTargetOf([])).toBeNull();
  });
});
