/** Shared text has `\n` alone at the ends of its lines (protocol/collab.md). Pure. */

/** One line end for everybody: two people who count characters differently would drift apart. */
export function withUnixLineEnds(text: string): string {
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}
