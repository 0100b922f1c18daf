/** Where the faces go. Pure. */

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

export interface Space {
  readonly width: number;
  readonly height: number;
}

/** Width by height. A camera's picture is 16:9 and is cropped to its tile: down to this, shoulders stay in it. */
const BROAD = 4 / 3;
/** In a space that stands upright, such as a phone's, tiles do so too. */
const UPRIGHT = 3 / 4;
const WIDEST = 16 / 9;

/** The grid in which `count` tiles are largest within the space, with `gap` between them. */
export function gridOf(count: number, space: Space, gap: number): Grid {
  const narrowest = space.width < space.height ? UPRIGHT : BROAD;
  const grids = Array.from({ length: Math.max(1, count) }, (_, i) => {
    const [columns, rows] = [i + 1, Math.max(1, Math.ceil(count / (i + 1)))];
    const cellWidth = Math.max(0, (space.width - gap * (columns - 1)) / columns);
    const cellHeight = Math.max(0, (space.height - gap * (rows - 1)) / rows);
    return { columns, rows, ...tileIn(cellWidth, cellHeight, narrowest) };
  });
  return grids.reduce((best, grid) => (areaOf(grid) > areaOf(best) ? grid : best));
}

/** The largest tile of an allowed shape in one cell. */
function tileIn(cellWidth: number, cellHeight: number, narrowest: number) {
  const width = Math.min(cellWidth, cellHeight * WIDEST);
  const height = Math.min(cellHeight, width / narrowest);
  return { tileWidth: Math.floor(width), tileHeight: Math.floor(height) };
}

function areaOf({ tileWidth, tileHeight }: Grid): number {
  return tileWidth * tileHeight;
}
