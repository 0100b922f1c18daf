/**
 * The smallest single replacement that makes one text of another: people's cursors and the record of who
 * wrote what survive it, which a delete-all and insert would destroy. Pure.
 */

export interface Change {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** Null when the texts are equal. Positions are UTF-16 units and never part a surrogate pair. */
export function minimalChange(before: string, after: string): Change | null {
  if (before === after) return null;
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  if (isHighSurrogate(before, head - 1)) head -= 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  if (isLowSurrogate(before, before.length - tail)) tail -= 1;
  return {
    from: head,
    to: before.length - tail,
    insert: after.slice(head, after.length - tail),
  };
}

function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}
