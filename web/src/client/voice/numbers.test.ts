import { describe, expect, it } from "vitest";
import { Freshness } from "./freshness";
import { FRAME_SAMPLES, Stamps, Unwrapped } from "./numbers";

describe("numbers that wrap", () => {
  it("go on", () => {
    const sequences = new Unwrapped(16);
    expect([65_534, 65_535, 0, 3, 2].map((n) => sequences.next(n))).toEqual([
      65_534, 65_535, 65_536, 65_539, 65_538,
    ]);
  });
});

describe("the stamps of our frames", () => {
  it("follow each other however unsteadily frames come", () => {
    const stamps = new Stamps();
    const times = [0, 35, 36, 60, 250, 251, 252];
    expect(times.map((ms) => stamps.next(ms) / FRAME_SAMPLES)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("leap over the time in which the microphone was off", () => {
    const stamps = new Stamps();
    stamps.next(0);
    expect(stamps.next(10_000) / FRAME_SAMPLES).toBe(500);
    expect(stamps.next(10_020) / FRAME_SAMPLES).toBe(501);
  });
});

describe("freshness", () => {
  const fresh = (freshness: Freshness, from: number, to: number, at: (n: number) => number) =>
    Array.from({ length: to - from }, (_, i) => from + i).filter(
      (n) => freshness.lateness(n * FRAME_SAMPLES, at(n)) !== null,
    ).length;

  it("lets go of a backlog but for its end", () => {
    const freshness = new Freshness(200);
    expect(fresh(freshness, 0, 100, (n) => n * 20)).toBe(100);
    expect(fresh(freshness, 100, 200, () => 4_000)).toBe(10);
    expect(fresh(freshness, 200, 250, (n) => n * 20)).toBe(50);
  });

  it("gets used to a path that has become slower", () => {
    const freshness = new Freshness(200);
    fresh(freshness, 0, 300, (n) => n * 20);
    fresh(freshness, 300, 800, (n) => n * 20 + 500);
    expect(fresh(freshness, 800, 900, (n) => n * 20 + 500)).toBe(100);
  });

  it("says how late a frame is", () => {
    const freshness = new Freshness(200);
    freshness.lateness(0, 1_000);
    expect(freshness.lateness(FRAME_SAMPLES, 1_070)).toBe(50);
  });
});
