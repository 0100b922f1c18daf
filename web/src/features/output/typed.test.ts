import { expect, it } from "vitest";
import { pasted } from "./typed";

it("sends the whole lines of a paste and keeps the rest", () => {
  expect(pasted("", 0, 0, "3\n1 2\r\n4")).toEqual({ lines: "3\n1 2\n", rest: "4" });
  expect(pasted("ab", 1, 1, "x\ny")).toEqual({ lines: "ax\n", rest: "yb" });
  expect(pasted("abc", 1, 2, "\n")).toEqual({ lines: "a\n", rest: "c" });
});

it("sends nothing of a paste within a line", () => {
  expect(pasted("ab", 1, 1, "x")).toEqual({ lines: "", rest: "axb" });
});
