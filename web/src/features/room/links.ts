/** Web addresses in a chat line. Pure; knows http and https only, so no line can start anything else. */

export interface Part {
  /** Where in the line it begins. */
  readonly at: number;
  readonly words: string;
  readonly isLink: boolean;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`]+/gi;
/** Marks that end the sentence around an address, not the address. */
const SENTENCE_END = /[.,;:!?*_~]+$/;

/** The line in parts; put together they are the line again. */
export function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  let done = 0;
  const take = (end: number, isLink: boolean) => {
    if (end > done) parts.push({ at: done, words: text.slice(done, end), isLink });
    done = Math.max(done, end);
  };
  for (const found of text.matchAll(ADDRESS)) {
    const address = withoutSentence(found[0]);
    if (!URL.canParse(address)) continue;
    take(found.index, false);
    take(found.index + address.length, true);
  }
  take(text.length, false);
  return parts;
}

/** A closing bracket belongs to the address only if it was opened there. */
function withoutSentence(found: string): string {
  const address = found.replace(SENTENCE_END, "");
  const isOpen = address.split("(").length >= address.split(")").length;
  return isOpen || !address.endsWith(")") ? address : withoutSentence(address.slice(0, -1));
}
