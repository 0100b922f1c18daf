import { expect, it } from "vitest";
import { retryDelayMs } from "./backoff";

it("spreads the first attempt over half a second", () => {
  expect(retryDelayMs(0, 0)).toBe(0);
  expect(retryDelayMs(0, 0.999)).toBeLessThan(500);
});

it("grows to ten seconds and stays there", () => {
  const middle = [1, 2, 3, 4, 5, 6, 50].map((attempt) => retryDelayMs(attempt, 0.5));
  expect(middle).toEqual([300, 1_000, 2_000, 5_000, 10_000, 10_000, 10_000]);
});

it("varies later delays by a quarter", () => {
  expect(retryDelayMs(2, 0)).toBe(750);
  expect(retryDelayMs(2, 0.999)).toBeCloseTo(1_250, -1);
});
