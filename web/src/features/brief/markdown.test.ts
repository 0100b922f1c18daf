import { describe, expect, it } from "vitest";
import { parseInline, parseMarkdown } from "./markdown";

const text = (value: string) => ({ kind: "text", text: value });

describe("the brief's Markdown", () => {
  it("knows headings, paragraphs and rules", () => {
    expect(parseMarkdown("# Two sum\nfind\ntwo\n\n---\n###### deep ##")).toEqual([
      { kind: "heading", level: 1, content: [text("Two sum")] },
      { kind: "paragraph", content: [text("find\ntwo")] },
      { kind: "rule" },
      { kind: "heading", level: 4, content: [text("deep")] },
    ]);
  });

  it("knows lists in lists", () => {
    expect(parseMarkdown("- a\n  still a\n  - b\n- c\n\n1. d")).toEqual([
      {
        kind: "list",
        isOrdered: false,
        items: [
          {
            content: [text("a\nstill a")],
            items: [
              { kind: "list", isOrdered: false, items: [{ content: [text("b")], items: [] }] },
            ],
          },
          { content: [text("c")], items: [] },
        ],
      },
      { kind: "list", isOrdered: true, items: [{ content: [text("d")], items: [] }] },
    ]);
  });

  it("takes code as it is, and an open fence to the end", () => {
    expect(parseMarkdown("```py\n# no heading\n**x**\n```\nafter")).toEqual([
      { kind: "code", text: "# no heading\n**x**" },
      { kind: "paragraph", content: [text("after")] },
    ]);
    expect(parseMarkdown("```\nopen")).toEqual([{ kind: "code", text: "open" }]);
  });

  it("knows code, bold and italic in a line", () => {
    expect(parseInline("a `b*c` **d *e*** _f_ g")).toMatchObject([
      text("a "),
      { kind: "code", text: "b*c" },
      text(" "),
      { kind: "strong" },
      text(" "),
      { kind: "emphasis", children: [text("f")] },
      text(" g"),
    ]);
  });

  it("leaves what it does not know as it was typed", () => {
    const typed = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) 2 * 3 * 4 snake_case_name";
    expect(parseMarkdown(typed)).toEqual([{ kind: "paragraph", content: [text(typed)] }]);
  });

  it("ends on whatever is typed, in reasonable time", () => {
    const started = performance.now();
    for (const hostile of [
      "*".repeat(5_000),
      "`".repeat(5_000),
      "- ".repeat(3_000),
      "> ".repeat(5_000),
      `${"  ".repeat(500)}- x\n`.repeat(50),
      "**a".repeat(5_000),
      "[](".repeat(5_000),
    ])
      expect(parseMarkdown(hostile).length).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
