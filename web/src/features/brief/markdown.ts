/**
 * A small, safe part of Markdown as data: headings, lists, quotes, code, bold, italic. What is not known stays
 * text as it was typed; nothing becomes HTML or a link. Source: CommonMark 0.31.2 for what the marks mean.
 */

export type Inline =
  | { readonly kind: "text" | "code"; readonly text: string }
  | { readonly kind: "strong" | "emphasis"; readonly children: readonly Inline[] };

export interface ListItem {
  readonly content: readonly Inline[];
  readonly items: readonly Block[];
}

export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3 | 4; readonly content: readonly Inline[] }
  | { readonly kind: "paragraph" | "quote"; readonly content: readonly Inline[] }
  | { readonly kind: "list"; readonly isOrdered: boolean; readonly items: readonly ListItem[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "rule" };

const FENCE = /^ {0,3}(```+|~~~+)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$/;
const RULE = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const QUOTE = /^ {0,3}> ?(.*)$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;

/** Deeper lists are drawn at this depth. */
const DEPTH_MAX = 4;

export function parseMarkdown(source: string): readonly Block[] {
  return parseLines(source.split("\n"), 0);
}

function parseLines(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const [block, next] = blockAt(lines, at, depth);
    if (block) blocks.push(block);
    at = next;
  }
  return blocks;
}

type Found = [block: Block | null, next: number];

function blockAt(lines: readonly string[], at: number, depth: number): Found {
  const line = lines[at] ?? "";
  if (line.trim() === "") return [null, at + 1];
  const fence = FENCE.exec(line)?.[1];
  if (fence) return codeAt(lines, at, fence);
  const heading = HEADING.exec(line);
  if (heading) return [headingOf(heading[1] ?? "#", heading[2] ?? ""), at + 1];
  if (RULE.test(line)) return [{ kind: "rule" }, at + 1];
  if (QUOTE.test(line)) return quoteAt(lines, at);
  if (ITEM.test(line) && depth < DEPTH_MAX) return listAt(lines, at, depth);
  return paragraphAt(lines, at);
}

function headingOf(marks: string, text: string): Block {
  const level = Math.min(4, marks.length) as 1 | 2 | 3 | 4;
  return { kind: "heading", level, content: parseInline(text) };
}

/** An unclosed fence reaches to the end: the brief is often read while it is being written. */
function codeAt(lines: readonly string[], at: number, fence: string): Found {
  const closing = lines.findIndex((line, index) => index > at && line.trim().startsWith(fence));
  const end = closing < 0 ? lines.length : closing;
  return [{ kind: "code", text: lines.slice(at + 1, end).join("\n") }, end + 1];
}

function quoteAt(lines: readonly string[], at: number): Found {
  let end = at;
  const quoted: string[] = [];
  for (let found = QUOTE.exec(lines[end] ?? ""); found; found = QUOTE.exec(lines[end] ?? "")) {
    quoted.push(found[1] ?? "");
    end += 1;
  }
  return [{ kind: "quote", content: parseInline(quoted.join("\n")) }, end];
}

function paragraphAt(lines: readonly string[], at: number): Found {
  let end = at + 1;
  while (end < lines.length && !startsBlock(lines[end] ?? "")) end += 1;
  const text = lines.slice(at, end).map((line) => line.trim());
  return [{ kind: "paragraph", content: parseInline(text.join("\n")) }, end];
}

function startsBlock(line: string): boolean {
  return line.trim() === "" || [FENCE, HEADING, RULE, QUOTE, ITEM].some((mark) => mark.test(line));
}

/** A list: items of one kind at one indentation; deeper lines belong to the item above them. */
function listAt(lines: readonly string[], at: number, depth: number): Found {
  const [, indent = "", mark = "-"] = ITEM.exec(lines[at] ?? "") ?? [];
  const isOrdered = /\d/.test(mark);
  const items: ListItem[] = [];
  let next = at;
  while (next < lines.length) {
    const found = ITEM.exec(lines[next] ?? "");
    if (!found || found[1]?.length !== indent.length || /\d/.test(found[2] ?? "") !== isOrdered)
      break;
    const end = endOfItem(lines, next, indent.length);
    const inner = lines.slice(next + 1, end);
    const split = inner.findIndex((line) => startsBlock(line));
    const own = split < 0 ? inner : inner.slice(0, split);
    const nested = split < 0 ? [] : inner.slice(split);
    items.push({
      content: parseInline([found[3] ?? "", ...own.map((line) => line.trim())].join("\n")),
      items: parseLines(dedented(nested), depth + 1),
    });
    next = end;
  }
  return [{ kind: "list", isOrdered, items }, next];
}

/** The item's lines are those indented deeper than its mark, and blank ones between them. */
function endOfItem(lines: readonly string[], at: number, indent: number): number {
  let end = at + 1;
  for (let next = end; next < lines.length; next += 1) {
    const line = lines[next] ?? "";
    if (line.trim() === "") continue;
    if (line.length - line.trimStart().length <= indent) break;
    end = next + 1;
  }
  return end;
}

function dedented(lines: readonly string[]): string[] {
  const indents = lines
    .filter((line) => line.trim() !== "")
    .map((line) => line.length - line.trimStart().length);
  const least = Math.min(...indents, Number.MAX_SAFE_INTEGER);
  return lines.map((line) => line.slice(Math.min(least, line.length)));
}

const INLINE =
  /(`+)([\s\S]+?)\1(?!`)|(\*\*|__)(?=\S)([\s\S]+?\S?)\3(?![*_])|([*_])(?=[^\s*_])([^*_\n]+?)\5(?!\w)/;

/** Longer text is shown as it was typed: the marks are not worth a stalled page. */
const INLINE_CHARS_MAX = 20_000;

export function parseInline(text: string): readonly Inline[] {
  const parts: Inline[] = [];
  let rest = text;
  while (rest !== "" && text.length <= INLINE_CHARS_MAX) {
    const found = INLINE.exec(rest);
    if (!found) break;
    if (found.index > 0) parts.push({ kind: "text", text: rest.slice(0, found.index) });
    parts.push(inlineOf(found));
    rest = rest.slice(found.index + found[0].length);
  }
  return rest === "" ? parts : [...parts, { kind: "text", text: rest }];
}

function inlineOf([, , code, , strong, , emphasis]: RegExpExecArray): Inline {
  if (code !== undefined) return { kind: "code", text: code.trim() };
  if (strong !== undefined) return { kind: "strong", children: parseInline(strong) };
  return { kind: "emphasis", children: parseInline(emphasis ?? "") };
}
