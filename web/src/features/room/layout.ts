/** Where the faces go. Pure. */

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

/** The shapes, width by height, that a tile may take to fill its room; a camera's picture is cropped to it. */
export interface Shapes {
  readonly narrowest: number;
  readonly widest: number;
}

/** Side by side with others: more cropping than this cuts shoulders, then faces. */
export const AMONG_OTHERS: Shapes = { narrowest: 4 / 3, widest: 16 / 9 };
/** One face alone: on a phone held upright it stands upright too. */
export const ALONE: Shapes = { narrowest: 3 / 4, widest: 16 / 9 };

/** The grid in which `count` tiles are largest within `width` × `height`, with `gap` between them. */
export function gridOf(
  count: number,
  room: { readonly width: number; readonly height: number },
  gap: number,
  shapes: Shapes,
): Grid {
  const grids = Array.from({ length: Math.max(1, count) }, (_, i) => {
    const [columns, rows] = [i + 1, Math.max(1, Math.ceil(count / (i + 1)))];
    const cellWidth = (room.width - gap * (columns - 1)) / columns;
    const cellHeight = (room.height - gap * (rows - 1)) / rows;
    return { columns, rows, ...tileIn(Math.max(0, cellWidth), Math.max(0, cellHeight), shapes) };
  });
  return grids.reduce((best, grid) => (areaOf(grid) > areaOf(best) ? grid : best));
}

/** The largest tile of an allowed shape in one cell. */
function tileIn(cellWidth: number, cellHeight: number, { narrowest, widest }: Shapes) {
  const width = Math.min(cellWidth, cellHeight * widest);
  const height = Math.min(cellHeight, width / narrowest);
  return { tileWidth: Math.floor(width), tileHeight: Math.floor(height) };
}

function areaOf({ tileWidth, tileHeight }: Grid): number {
  return tileWidth * tileHeight;
}
