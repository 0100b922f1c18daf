import { describe, expect, it } from "vitest";
import type { Stream } from "../../client/runs";
import { BLOCK_LINES, LINE_CHARS_MAX, LINES_MAX, OutputFeed, OutputLines } from "./lines";

function linesOf(...chunks: (string | [Stream, string])[]): OutputLines {
  const lines = new OutputLines();
  for (const chunk of chunks) {
    const [stream, text] = typeof chunk === "string" ? (["stdout", chunk] as const) : chunk;
    lines.append({ stream, text });
  }
  return lines;
}

const shown = (lines: OutputLines) =>
  lines.blocks.flatMap((block) =>
    block.lines.map((line) => line.spans.map(({ text }) => text).join("")),
  );

describe("output as lines", () => {
  it("ends lines at newlines only, and shows an unfinished one", () => {
    expect(shown(linesOf("a\nb", "c\n\nd"))).toEqual(["a", "bc", "", "d"]);
    expect(shown(linesOf("a\r\nb\r\n"))).toEqual(["a", "b"]);
  });

  it("lets a carriage return write over the line, even when it comes last", () => {
    expect(shown(linesOf("10 %\r", "20 %\r", "done\n"))).toEqual(["done"]);
    expect(shown(linesOf("kept\r"))).toEqual(["kept"]);
    expect(shown(linesOf("kept\r", "\nnext"))).toEqual(["kept", "next"]);
  });

  it("lets a backspace take a letter back", () => {
    expect(shown(linesOf("ab\b", "c"))).toEqual(["ac"]);
  });

  it("keeps errors on lines of their own, and input behind its prompt", () => {
    expect(shown(linesOf("out", ["stderr", "err"], "put\n"))).toEqual(["out", "err", "put"]);
    expect(shown(linesOf("name? ", ["stdin", "Ada\n"], "hi\n"))).toEqual(["name? Ada", "hi"]);
  });

  it("does not let a colour leak from one stream into the other", () => {
    const lines = linesOf(["stderr", "\u001b[31mred\n"], "plain\n");
    expect(lines.blocks[0]?.lines[1]?.spans[0]?.style.fg).toBeNull();
  });

  it("touches only the last block when more comes", () => {
    const lines = linesOf("x\n".repeat(BLOCK_LINES + 3));
    const [first, second] = lines.blocks;
    lines.append({ stream: "stdout", text: "more\n" });
    expect(lines.blocks[0]).toBe(first);
    expect(lines.blocks[1]).not.toBe(second);
  });

  it("lets the oldest lines go, and counts them", () => {
    const lines = linesOf("x\n".repeat(LINES_MAX + BLOCK_LINES + 1));
    expect(shown(lines).length).toBeLessThanOrEqual(LINES_MAX);
    expect(lines.droppedLines + shown(lines).length).toBe(LINES_MAX + BLOCK_LINES + 1);
  });

  it("breaks a line that would stall the page", () => {
    const lines = shown(linesOf("x".repeat(LINE_CHARS_MAX * 2 + 1)));
    expect(lines.map(({ length }) => length)).toEqual([LINE_CHARS_MAX, LINE_CHARS_MAX, 1]);
  });
});

describe("output that grows", () => {
  const chunk = (text: string) => ({ stream: "stdout" as const, text });
  const first = chunk("one\n");
  const second = chunk("two\n");

  it("is read once, piece by piece", () => {
    const feed = new OutputFeed();
    const lines = feed.take([first]);
    expect(feed.take([first, second])).toBe(lines);
    expect(shown(lines)).toEqual(["one", "two"]);
  });

  it("is read anew when it came again in other pieces, as after a reconnect", () => {
    const feed = new OutputFeed();
    feed.take([first]);
    expect(shown(feed.take([chunk("one\ntwo\n")]))).toEqual(["one", "two"]);
    expect(shown(feed.take([chunk("three\n"), second, first]))).toEqual(["three", "two", "one"]);
    expect(shown(feed.take([]))).toEqual([]);
  });
});
