import { describe, expect, it } from "vitest";
import { changeBetween, type Look, viewOf } from "./view";

const size = (width: number) => ({ width, height: (width * 9) / 16 });
const look = (part: Partial<Look> = {}): Look => ({
  mids: ["11", "12", "13"],
  taken: new Set(["11", "12"]),
  sizes: new Map([["11", size(320)]]),
  isPageHidden: false,
  wantsVideo: true,
  ...part,
});
const seen = (width: number) => viewOf(look({ sizes: new Map([["11", size(width)]]) }));

describe("the view", () => {
  it("names who is there: as large as their tile, or not seen, and leaves newcomers' lines out", () => {
    expect(viewOf(look()).tiles).toEqual([
      { mid: "11", width: 320, height: 180 },
      { mid: "12", width: 0, height: 0 },
    ]);
  });

  it("of a page in the background is of nobody, newcomers neither", () => {
    const { tiles } = viewOf(look({ isPageHidden: true }));
    expect(tiles).toEqual(["11", "12", "13"].map((mid) => ({ mid, width: 0, height: 0 })));
  });

  it("is in whole pixels, and no larger than a message may say", () => {
    const sizes = new Map([["11", { width: 20_000, height: 99.6 }]]);
    expect(viewOf(look({ sizes })).tiles[0]).toEqual({ mid: "11", width: 16_384, height: 100 });
  });

  it("says whether video is wanted at all", () => {
    expect(viewOf(look({ wantsVideo: false })).video).toBe(false);
  });
});

describe("a change of the view", () => {
  it("is none below a trifle, from whichever side", () => {
    expect(changeBetween(seen(320), seen(320))).toBe("none");
    expect(changeBetween(seen(320), seen(330))).toBe("none");
    expect(changeBetween(seen(320), seen(310))).toBe("none");
  });

  it("is more when one tile grows or comes into sight, whatever the others do", () => {
    expect(changeBetween(seen(320), seen(640))).toBe("more");
    const swapped = viewOf(look({ sizes: new Map([["12", size(64)]]) }));
    expect(changeBetween(seen(320), swapped)).toBe("more");
  });

  it("is less when tiles only shrink or go", () => {
    expect(changeBetween(seen(640), seen(320))).toBe("less");
    expect(changeBetween(seen(640), viewOf(look({ isPageHidden: true })))).toBe("less");
    expect(changeBetween(viewOf(look({ isPageHidden: true })), seen(640))).toBe("more");
  });

  it("is less when a newcomer's tile is known, who was as large as possible before", () => {
    const alone = viewOf(look({ taken: new Set() }));
    expect(changeBetween(alone, seen(320))).toBe("less");
    expect(changeBetween(seen(320), alone)).toBe("more");
  });

  it("is not waited for when the person chose it", () => {
    const soundOnly = viewOf(look({ wantsVideo: false }));
    expect(changeBetween(seen(320), soundOnly)).toBe("more");
    expect(changeBetween(soundOnly, seen(320))).toBe("more");
  });

  it("is told to whoever knows nothing", () => {
    expect(changeBetween(null, viewOf(look({ taken: new Set() })))).toBe("less");
  });
});
