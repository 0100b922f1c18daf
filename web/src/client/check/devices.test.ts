import { expect, it } from "vitest";
import { isBlack } from "./devices";

/** Pixels of one grey, opaque. */
const grey = (value: number) =>
  new Uint8ClampedArray(64 * 4).map((_, at) => (at % 4 === 3 ? 255 : value));

it("takes a covered camera for black and a dim room for a picture", () => {
  expect(isBlack(grey(0))).toBe(true);
  expect(isBlack(grey(3))).toBe(true);
  expect(isBlack(grey(25))).toBe(false);
});
