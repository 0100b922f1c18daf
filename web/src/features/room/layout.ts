/** Where the faces go. Pure. */

export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

const ASPECT = 16 / 9;

/** The grid in which `count` faces of 16:9 are largest within `width` × `height`, with `gap` between them. */
export function gridOf(count: number, width: number, height: number, gap: number): Grid {
  const grids = Array.from({ length: Math.max(1, count) }, (_, i) =>
    gridWith(i + 1, count, width, height, gap),
  );
  return grids.reduce((best, grid) => (grid.tileWidth > best.tileWidth ? grid : best));
}

function gridWith(
  columns: number,
  count: number,
  width: number,
  height: number,
  gap: number,
): Grid {
  const rows = Math.max(1, Math.ceil(count / columns));
  const fitWidth = (width - gap * (columns - 1)) / columns;
  const fitHeight = (height - gap * (rows - 1)) / rows;
  const tileWidth = Math.max(0, Math.floor(Math.min(fitWidth, fitHeight * ASPECT)));
  return { columns, rows, tileWidth, tileHeight: Math.floor(tileWidth / ASPECT) };
}
