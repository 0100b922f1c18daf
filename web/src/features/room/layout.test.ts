import { expect, it } from "vitest";
import { gridOf } from "./layout";

const GAP = 8;

it.each([
  [1, 1600, 900, 1],
  [2, 1600, 900, 2],
  [3, 1600, 900, 2],
  [4, 1600, 900, 2],
  [5, 1600, 900, 3],
  [8, 1600, 900, 3],
  [2, 400, 800, 1],
  [3, 400, 800, 1],
  [4, 340, 560, 2],
])("%i faces in %i × %i stand in %i columns", (count, width, height, columns) =>
  expect(gridOf(count, { width, height }, GAP).columns).toBe(columns),
);

it("never overflows its space and keeps to the shapes", () => {
  for (const count of [1, 2, 3, 4, 5, 6, 7, 8]) {
    for (const [width, height] of [
      [1400, 700],
      [700, 700],
      [360, 500],
    ] as const) {
      const grid = gridOf(count, { width, height }, GAP);
      expect(grid.columns * grid.rows).toBeGreaterThanOrEqual(count);
      expect(grid.columns * grid.tileWidth + (grid.columns - 1) * GAP).toBeLessThanOrEqual(width);
      expect(grid.rows * grid.tileHeight + (grid.rows - 1) * GAP).toBeLessThanOrEqual(height);
      const shape = grid.tileWidth / grid.tileHeight;
      expect(shape).toBeGreaterThan((width < height ? 3 / 4 : 4 / 3) - 0.02);
      expect(shape).toBeLessThan(16 / 9 + 0.02);
    }
  }
});

it("fills a space of an allowed shape to its edges", () => {
  const grid = gridOf(1, { width: 1100, height: 740 }, GAP);
  expect([grid.tileWidth, grid.tileHeight]).toEqual([1100, 740]);
});

it("lets one face stand upright on a phone held upright", () => {
  const grid = gridOf(1, { width: 330, height: 560 }, GAP);
  expect([grid.tileWidth, grid.tileHeight]).toEqual([330, 440]);
});

it("has no negative sizes where there is no room", () => {
  expect(gridOf(3, { width: 0, height: 0 }, GAP).tileWidth).toBe(0);
});
