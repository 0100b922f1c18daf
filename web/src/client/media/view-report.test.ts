import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { View } from "../signaling";
import { ViewReport } from "./view-report";

const view = (width: number, video = true): View => ({
  type: "view",
  tiles: [{ mid: "11", width, height: width }],
  video,
});
const passes = (ms: number) => vi.advanceTimersByTime(ms);

function start(width: number) {
  const told: number[] = [];
  const now = { view: view(width), hasLine: true };
  const report = new ViewReport({
    view: () => now.view,
    send: ({ tiles }) => {
      if (now.hasLine) told.push(tiles[0]?.width ?? -1);
      return now.hasLine;
    },
  });
  const look = (next: number) => {
    now.view = view(next);
    report.look();
  };
  return { report, told, now, look };
}

function started(width: number) {
  const all = start(width);
  all.report.begin();
  passes(1_000);
  return all;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a report of the view", () => {
  it("waits for a session, and for the first layout in it", () => {
    const { report, told, look } = start(0);
    look(100);
    passes(1_000);
    expect(told).toEqual([]);
    report.begin();
    passes(100);
    look(320);
    passes(150);
    expect(told).toEqual([320]);
  });

  it("tells at once what grows, and once what shrinks while the layout moves", () => {
    const { told, look } = started(100);
    look(640);
    expect(told).toEqual([100, 640]);
    for (const width of [600, 500, 400, 300]) {
      passes(50);
      look(width);
    }
    expect(told).toEqual([100, 640]);
    passes(150);
    expect(told).toEqual([100, 640, 300]);
  });

  it("tells a few times a second only while a pane is dragged larger, and the last size in the end", () => {
    const { told, look } = started(100);
    for (let width = 200; width <= 1_200; width += 100) {
      passes(50);
      look(width);
    }
    passes(250);
    expect(told.length).toBeLessThan(6);
    expect(told.at(-1)).toBe(1_200);
  });

  it("keeps quiet about what came back to what it was", () => {
    const { told, look } = started(100);
    look(0);
    passes(100);
    look(100);
    passes(1_000);
    expect(told).toEqual([100]);
  });

  it("says it again to a new session", () => {
    const { report, told } = started(100);
    report.begin();
    passes(150);
    expect(told).toEqual([100, 100]);
  });

  it("says later what could not be said", () => {
    const { told, now, look } = started(100);
    now.hasLine = false;
    look(640);
    expect(told).toEqual([100]);
    now.hasLine = true;
    look(640);
    expect(told).toEqual([100, 640]);
  });

  it("is silent after close", () => {
    const { report, told, look } = started(100);
    look(50);
    report.close();
    passes(1_000);
    look(640);
    expect(told).toEqual([100]);
  });
});
