import { describe, expect, it } from "vitest";
import { PlayoutBuffer } from "./playout";

const FRAME = 960;
const BLOCK = 120; // an eighth of a frame, so that time goes in steps of both
const LOUD = 0.5;

/** A line to which frames come and from which blocks are played, in a time that the test steps through. */
class Line {
  readonly buffer = new PlayoutBuffer();
  readonly played: number[] = [];
  #number = 0;

  /** `come` frames, then `play` blocks. */
  step({ come = 1, play = 8, late = 0, sample = LOUD, skip = 0, pause = 0 } = {}) {
    this.#number += skip;
    for (let n = 0; n < come; n += 1) {
      this.buffer.push({
        sequence: this.#number - pause,
        timestamp: this.#number * FRAME,
        latenessMs: late,
        samples: new Float32Array(FRAME).fill(sample),
      });
      this.#number += 1;
    }
    for (let n = 0; n < play; n += 1) {
      const block = new Float32Array(BLOCK);
      this.buffer.pull(block);
      this.played.push(...block);
    }
  }

  steps(count: number, how = {}) {
    for (let n = 0; n < count; n += 1) this.step(how);
  }

  get loudness() {
    return this.played.slice(-FRAME).reduce((sum, sample) => sum + sample, 0) / FRAME;
  }
}

describe("the playout buffer", () => {
  it("plays what comes steadily with little delay and nothing made up", () => {
    const line = new Line();
    line.steps(100);
    expect(line.loudness).toBeCloseTo(LOUD, 3);
    expect(line.buffer.level).toBeLessThanOrEqual(48 * 60);
    expect(line.buffer.counts.concealed).toBe(0);
  });

  it("holds more where frames come late, and less again when they do not", () => {
    const line = new Line();
    line.steps(10, { late: 120 });
    expect(line.buffer.target).toBeGreaterThan(48 * 120);
    line.steps(3_000);
    expect(line.buffer.target).toBe(48 * 40);
  });

  it("holds no more than people can bear", () => {
    const line = new Line();
    line.steps(10, { late: 5_000 });
    expect(line.buffer.target).toBe(48 * 300);
  });

  it("counts as made up what was late, and fades", () => {
    const line = new Line();
    line.steps(50);
    line.steps(10, { come: 0 });
    expect(line.loudness).toBe(0);
    expect(line.buffer.counts.concealed).toBe(0);
    line.step({ late: 200 });
    expect(line.buffer.counts.concealed).toBeGreaterThan(5 * FRAME);
    const steps = line.played.map((sample, n) => Math.abs(sample - (line.played[n - 1] ?? 0)));
    expect(Math.max(...steps)).toBeLessThan(LOUD / 20);
  });

  it("goes on at once with the frame that was late, and holds as much more from then on", () => {
    const line = new Line();
    line.steps(50);
    const before = line.buffer.level;
    line.steps(6, { come: 0 });
    const made = line.buffer.counts.concealed;
    line.step({ come: 7, late: 120 });
    line.steps(20);
    expect(line.loudness).toBeCloseTo(LOUD, 3);
    expect(line.buffer.counts.concealed - made).toBeLessThan(6 * FRAME);
    expect(line.buffer.level).toBeGreaterThan(before + 48 * 60);
  });

  it("misses nothing that was late in a silence", () => {
    const line = new Line();
    line.steps(50, { sample: 0 });
    line.steps(10, { come: 0 });
    line.step({ come: 10, late: 200, sample: 0 });
    line.steps(20);
    expect(line.buffer.counts.concealed).toBe(0);
  });

  it("takes a pause of the speaker for nothing missing", () => {
    const line = new Line();
    line.steps(50);
    line.steps(20, { come: 0 });
    line.step({ skip: 20, pause: 20 });
    line.steps(10, { pause: 20 });
    expect(line.buffer.counts.concealed).toBe(0);
    expect(line.loudness).toBeCloseTo(LOUD, 3);
  });

  it("puts silence where a frame is missing, so that the rest keeps its time", () => {
    const line = new Line();
    line.steps(50);
    line.step({ come: 0 });
    line.step({ skip: 1 });
    line.steps(5);
    expect(line.buffer.counts.concealed).toBe(FRAME);
    expect(line.played.slice(-10 * FRAME)).toContain(0);
  });

  it("catches up after a backlog", () => {
    const line = new Line();
    line.steps(50);
    line.step({ come: 20 });
    line.steps(5);
    expect(line.buffer.level).toBeLessThan(line.buffer.target + 48 * 130);
  });

  it("shortens pauses of what it holds too much of", () => {
    const line = new Line();
    line.steps(50);
    line.step({ come: 5 });
    const before = line.buffer.level;
    line.steps(50, { sample: 0 });
    expect(line.buffer.level).toBeLessThan(before - 48 * 40);
  });

  it("survives any order and any numbers", () => {
    const buffer = new PlayoutBuffer();
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    for (let n = 0; n < 2_000; n += 1) {
      buffer.push({
        sequence: random(70_000) - 1_000,
        timestamp: random(2 ** 31) - 5_000,
        latenessMs: random(1_000),
        samples: new Float32Array(random(3_000)).fill(0.3),
      });
      const block = new Float32Array(128);
      buffer.pull(block);
      expect(block.every(Number.isFinite)).toBe(true);
      expect(buffer.level).toBeLessThanOrEqual(48_000);
    }
  });
});
