/**
 * What this person looks at, as the server is told it, and which change of it is worth a message. Pure.
 *
 * A tile that is not named counts as large as possible, one of 0 by 0 as not seen (`protocol/signaling.md`).
 */
import type { Tile, View } from "../signaling";

/** In device pixels. */
export type TileSize = Pick<Tile, "width" | "height">;

export interface Look {
  /** The m-lines on which pictures can arrive. */
  readonly mids: readonly string[];
  /** Those that carry somebody's picture. */
  readonly taken: ReadonlySet<string>;
  readonly sizes: ReadonlyMap<string, TileSize>;
  readonly isPageHidden: boolean;
  readonly wantsVideo: boolean;
}

/** Less can wait a little, more is waited for. */
export type Change = "none" | "less" | "more";

const NOT_SEEN: TileSize = { width: 0, height: 0 };
const LARGEST: TileSize = { width: Number.POSITIVE_INFINITY, height: Number.POSITIVE_INFINITY };
/** A side that changes by no larger share than this shows the same layer. */
const TRIFLE = 0.05;
/** Largest side that a message may have. */
const SIDE_MAX = 16_384;

/** A free line is left out, so that whoever comes is seen before their tile is measured. */
export function viewOf({ mids, taken, sizes, isPageHidden, wantsVideo }: Look): View {
  const named = mids.filter((mid) => isPageHidden || taken.has(mid));
  const sizeOf = (mid: string) => (isPageHidden ? NOT_SEEN : (sizes.get(mid) ?? NOT_SEEN));
  return {
    type: "view",
    tiles: named.map((mid) => ({ mid, ...whole(sizeOf(mid)) })),
    video: wantsVideo,
  };
}

/** What `next` changes of what the server `knows`; who was told nothing takes all for as large as possible. */
export function changeBetween(knows: View | null, next: View): Change {
  if (knows === null) return "less";
  if (knows.video !== next.video) return "more";
  const [before, after] = [sizesIn(knows), sizesIn(next)];
  const changes = [...new Set([...before.keys(), ...after.keys()])].map((mid) =>
    changeOfTile(before.get(mid) ?? LARGEST, after.get(mid) ?? LARGEST),
  );
  if (changes.includes("more")) return "more";
  return changes.includes("less") ? "less" : "none";
}

function sizesIn({ tiles }: View): ReadonlyMap<string, TileSize> {
  return new Map(tiles.map((tile) => [tile.mid, tile]));
}

function changeOfTile(before: TileSize, after: TileSize): Change {
  const changes = [
    changeOfSide(before.width, after.width),
    changeOfSide(before.height, after.height),
  ];
  if (changes.includes("more")) return "more";
  return changes.includes("less") ? "less" : "none";
}

function changeOfSide(before: number, after: number): Change {
  if (before === after) return "none";
  if (after > before * (1 + TRIFLE)) return "more";
  return after < before * (1 - TRIFLE) ? "less" : "none";
}

function whole({ width, height }: TileSize): TileSize {
  return { width: wholeSide(width), height: wholeSide(height) };
}

function wholeSide(side: number): number {
  return Math.min(SIDE_MAX, Math.round(side));
}
