import { describe, expect, it } from "vitest";
import { type Change, minimalChange } from "./change";

const apply = (text: string, { from, to, insert }: Change) =>
  text.slice(0, from) + insert + text.slice(to);

/** Park and Miller's generator, so that a failure can be repeated. */
function randomly(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

describe("the smallest change", () => {
  it("is nothing between equal texts", () => {
    expect(minimalChange("same", "same")).toBeNull();
  });

  it("leaves the common beginning and end alone", () => {
    expect(minimalChange("print(1)\n", "print(42)\n")).toEqual({ from: 6, to: 7, insert: "42" });
  });

  it("does not count a repeated letter twice", () => {
    expect(minimalChange("aa", "aaa")).toEqual({ from: 2, to: 2, insert: "a" });
  });

  it("never parts a surrogate pair", () => {
    // 😀 D83D DE00, 😁 D83D DE01: the first half is common.
    expect(minimalChange("a😀b", "a😁b")).toEqual({ from: 1, to: 3, insert: "😁" });
    // 😀 D83D DE00, 🨀 D83E DE00: the second half is common.
    expect(minimalChange("😀", "🨀")).toEqual({ from: 0, to: 2, insert: "🨀" });
  });

  it.each(Array.from({ length: 20 }, (_, seed) => seed + 1))(
    "brings one text to another (seed %i)",
    (seed) => {
      const random = randomly(seed);
      const text = () =>
        Array.from(
          { length: Math.floor(random() * 12) },
          () => "ab😀\n"[Math.floor(random() * 5)],
        ).join("");
      for (let round = 0; round < 200; round += 1) {
        const [before, after] = [text(), text()];
        const change = minimalChange(before, after);
        expect(change ? apply(before, change) : before).toBe(after);
      }
    },
  );
});
