import { expect, it } from "vitest";
import { afterFrame, FULL_PACE, type Pace, scaleOf } from "./pace";

const blur = (pace: Pace, frames: number, frameMs: number) =>
  Array.from({ length: frames }).reduce<Pace>((now) => afterFrame(now, frameMs), pace);

it("blurs the whole picture where that is fast enough, however slow the first frames are", () => {
  const begun = blur(FULL_PACE, 4, 900);
  expect(scaleOf(blur(begun, 1_000, 55))).toBe(1);
});

it("blurs a smaller one where it is not, and none where no size is small enough", () => {
  expect(scaleOf(blur(FULL_PACE, 16, 70))).toBe(1 / 2);
  expect(scaleOf(blur(FULL_PACE, 32, 100))).toBe(1 / 3);
  expect(scaleOf(blur(FULL_PACE, 1_000, 100))).toBe(1 / 3);
  expect(scaleOf(blur(FULL_PACE, 48, 130))).toBe(0);
});

it("sees soon that a device is much too slow", () => {
  expect(scaleOf(blur(FULL_PACE, 9, 400))).toBe(1 / 2);
  expect(scaleOf(blur(FULL_PACE, 12, 5_000))).toBe(0);
});

it("forgives a hiccup", () => {
  const well = blur(FULL_PACE, 10, 30);
  expect(scaleOf(blur(afterFrame(well, 3_600_000), 100, 30))).toBe(1);
});
