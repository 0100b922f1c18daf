import { describe, expect, it } from "vitest";
import { affordable, afterLook, framesPerSMax, NO_RELIEF, reliefIn } from "./relief";
import type { Restraint } from "./restraint";

const LOOK_S = 2.5;

/** Looks for so many seconds, from `startS` on; what came of it, and when it came. */
function look(state: Restraint, isBusy: boolean, startS: number, seconds: number) {
  const changes: string[] = [];
  let now = state;
  for (let s = startS; s <= startS + seconds; s += LOOK_S) {
    const next = afterLook(now, isBusy, s * 1_000);
    if (next.step !== now.step) changes.push(`${reliefIn(next)} after ${s - startS} s`);
    now = next;
  }
  return { state: now, changes };
}

describe("a busy computer", () => {
  it("leaves out the largest layer after seconds, and frames only if that did not help for long", () => {
    expect(look(NO_RELIEF, true, 0, 120).changes).toEqual([
      "smaller after 5 s",
      "slower after 50 s",
    ]);
  });

  it("is not taken for one because of a moment", () => {
    const moment = look(NO_RELIEF, true, 0, LOOK_S).state;
    expect(look(moment, false, 5, 100).changes).toEqual([]);
    const calm = look(moment, false, 5, 0).state;
    expect(look(calm, true, 7.5, LOOK_S).changes).toEqual([]);
  });

  it("comes back one step at a time, each after a calm while", () => {
    const slower = look(NO_RELIEF, true, 0, 60).state;
    expect(look(slower, false, 100, 100).changes).toEqual([
      "smaller after 20 s",
      "none after 40 s",
    ]);
  });

  it("tries again later each time that it was too early, and not for ever later", () => {
    let state = look(NO_RELIEF, true, 0, 10).state;
    const waits: string[] = [];
    for (let turn = 0; turn < 7; turn++) {
      const back = look(state, false, turn * 1_000, 400);
      waits.push(...back.changes);
      const backAtS = turn * 1_000 + 400;
      // It was wrong while it was still young.
      state = look({ ...back.state, triedAt: backAtS * 1_000 }, true, backAtS, 10).state;
    }
    expect(waits).toEqual([20, 40, 80, 160, 320, 320, 320].map((s) => `none after ${s} s`));
  });

  it("does not hold an old mistake against the computer", () => {
    const once = look(NO_RELIEF, true, 0, 10).state;
    const back = look(once, false, 20, 30).state;
    const again = look(back, true, 500, 10).state;
    expect(again).toMatchObject({ step: 1, patienceMs: 20_000 });
  });
});

describe("what it can afford", () => {
  it("is all that is wanted, or the middle layer in place of the largest", () => {
    expect(affordable(["q", "h", "f"], "none")).toEqual(["q", "h", "f"]);
    expect(affordable(["q", "f"], "smaller")).toEqual(["q", "h"]);
    expect(affordable(["q", "h", "f"], "slower")).toEqual(["q", "h"]);
    expect(affordable(["q"], "smaller")).toEqual(["q"]);
  });

  it("has fewer pictures a second only at the last", () => {
    expect(["none", "smaller"].map((relief) => framesPerSMax(relief as "none"))).toEqual([
      undefined,
      undefined,
    ]);
    expect(framesPerSMax("slower")).toBe(12);
  });
});
