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
])("%i faces in %i × %i stand in %i columns", (count, width, height, columns) =>
  expect(gridOf(count, width, height, GAP).columns).toBe(columns),
);

it("never overflows its room and keeps 16:9", () => {
  for (const count of [1, 2, 3, 4, 5, 6, 7, 8]) {
    for (const [width, height] of [
      [1400, 700],
      [700, 700],
      [360, 500],
    ] as const) {
      const grid = gridOf(count, width, height, GAP);
      expect(grid.columns * grid.rows).toBeGreaterThanOrEqual(count);
      expect(grid.columns * grid.tileWidth + (grid.columns - 1) * GAP).toBeLessThanOrEqual(width);
      expect(grid.rows * grid.tileHeight + (grid.rows - 1) * GAP).toBeLessThanOrEqual(height);
      expect(grid.tileWidth / grid.tileHeight).toBeCloseTo(16 / 9, 1);
    }
  }
});

it("has no negative sizes where there is no room", () => {
  expect(gridOf(3, 0, 0, GAP).tileWidth).toBe(0);
});
