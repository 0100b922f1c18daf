import { describe, expect, it } from "vitest";
import {
  capitalized,
  countOf,
  formatDistance,
  formatElapsed,
  formatWhen,
  initialsOf,
} from "./format";

describe("initials", () => {
  it.each([
    ["Ines Alvarez", "IA"],
    ["caro", "C"],
    ["  Ana  María  Ruiz ", "AR"],
    ["李 雷", "李雷"],
    ["", "?"],
  ])("of %j are %j", (name, initials) => expect(initialsOf(name)).toBe(initials));
});

it("writes elapsed time with hours only when there are any", () => {
  expect(formatElapsed(0)).toBe("0:00");
  expect(formatElapsed(65_999)).toBe("1:05");
  expect(formatElapsed(3_723_000)).toBe("1:02:03");
  expect(formatElapsed(-5)).toBe("0:00");
});

it("names the days around today", () => {
  const now = new Date(2026, 5, 10, 23, 50).getTime();
  expect(formatWhen(new Date(2026, 5, 10, 8, 0).getTime(), now)).toMatch(/^today, /);
  expect(formatWhen(new Date(2026, 5, 11, 0, 5).getTime(), now)).toMatch(/^tomorrow, /);
  expect(formatWhen(new Date(2026, 5, 9, 12, 0).getTime(), now)).toMatch(/^yesterday, /);
  expect(formatWhen(new Date(2026, 5, 20, 12, 0).getTime(), now)).not.toMatch(/day, /i);
});

it("says how far away a moment is, up to a day", () => {
  expect(formatDistance(300_000, 0)).toBe("in 5 min");
  expect(formatDistance(0, 7_200_000)).toBe("2 h ago");
  expect(formatDistance(10_000, 0)).toBe("now");
  expect(formatDistance(100_000_000, 0)).toBeNull();
});

it("counts in words", () => {
  expect(countOf(1, "observer", "observers")).toBe("1 observer");
  expect(countOf(2, "observer", "observers")).toBe("2 observers");
});

it("begins a line with a capital letter", () => {
  expect(capitalized("today, 9:00")).toBe("Today, 9:00");
  expect(capitalized("")).toBe("");
});
