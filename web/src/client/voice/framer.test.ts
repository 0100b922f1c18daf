import { describe, expect, it } from "vitest";
import { Framer, levelOf } from "./framer";

const BLOCK = 128;

/** A second of a tone at this rate, in the blocks of a worklet; the frames that come of it. */
function framed(hz: number, toneHz: number) {
  const framer = new Framer(hz);
  const frames: Float32Array[] = [];
  for (let at = 0; at < hz; at += BLOCK) {
    const block = Float32Array.from({ length: BLOCK }, (_, n) =>
      Math.sin((2 * Math.PI * toneHz * (at + n)) / hz),
    );
    frames.push(...framer.push(block));
  }
  return frames;
}

describe("frames", () => {
  for (const hz of [48_000, 44_100, 16_000]) {
    it(`are fifty a second and carry the tone, at ${hz} Hz`, () => {
      const frames = framed(hz, 400);
      expect(frames.length).toBeGreaterThanOrEqual(49);
      expect(frames.length).toBeLessThanOrEqual(50);
      const sound = frames.flatMap((frame) => [...frame]);
      for (const [n, sample] of sound.entries()) {
        expect(Math.abs(sample - Math.sin((2 * Math.PI * 400 * n) / 48_000))).toBeLessThan(0.02);
      }
    });
  }
});

describe("the level", () => {
  it("is that of RFC 6464", () => {
    expect(levelOf(new Float32Array(960))).toBe(127);
    expect(levelOf(new Float32Array(960).fill(1))).toBe(0);
    expect(levelOf(new Float32Array(960).fill(0.1))).toBe(20);
    expect(levelOf(new Float32Array(960).fill(1e-9))).toBe(127);
  });
});
