import { expect, it } from "vitest";
import { SilenceWatch } from "./silence";

function told(...peaks: number[]): number[] {
  const watch = new SilenceWatch();
  return peaks.flatMap((peak, at) => (watch.look(peak) ? [at] : []));
}

const silence = (looks: number) => new Array<number>(looks).fill(0);

it("tells a microphone that gives nothing, once a silence", () => {
  expect(told(...silence(30))).toEqual([9]);
  expect(told(...silence(10), 0.2, ...silence(10))).toEqual([9, 20]);
});

it("takes the faintest noise for a microphone that works", () => {
  expect(told(...silence(9), 0.0001, ...silence(9), 0.0001)).toEqual([]);
});
