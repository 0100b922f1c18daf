import { expect, it } from "vitest";
import { keepSame } from "./use-flat";

class Track {}

it("keeps lists and plain objects with the same members", () => {
  const list = [1, 2];
  const object = { a: 1 };
  expect(keepSame(list, [1, 2])).toBe(list);
  expect(keepSame(object, { a: 1 })).toBe(object);
  expect(keepSame(list, [1, 3])).toEqual([1, 3]);
  expect(keepSame({ track: new Track() }, { track: null })).toEqual({ track: null });
});

it("tells two tracks apart although neither has members", () => {
  const next = new Track();
  expect(keepSame(new Track(), next)).toBe(next);
});
