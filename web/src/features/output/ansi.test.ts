import { describe, expect, it } from "vitest";
import { ANSI_START, CARRY_CHARS_MAX, PLAIN, paletteColour, parseAnsi, plainText } from "./ansi";

const E = "\u001b";
const pieces = (text: string) => parseAnsi(ANSI_START, text).pieces;
const texts = (text: string) =>
  pieces(text)
    .map((piece) => piece.text)
    .join("");

describe("colours in the output", () => {
  it("are kept as styles", () => {
    expect(pieces(`a${E}[1;31mb${E}[0mc`)).toEqual([
      { text: "a", style: PLAIN },
      { text: "b", style: { ...PLAIN, bold: true, fg: 1 } },
      { text: "c", style: PLAIN },
    ]);
  });

  it.each([
    ["[92m", { fg: 10 }],
    ["[103m", { bg: 11 }],
    ["[38;5;208m", { fg: 208 }],
    ["[48;2;1;2;255m", { bg: "#0102ff" }],
    ["[38:5:208m", { fg: 208 }],
    ["[3;4;7;9m", { italic: true, underline: true, inverse: true, strike: true }],
    ["[31m\u001b[39m", { fg: null }],
    ["[38;5;999m", { fg: null }],
    ["[38;2;1;2m", { fg: null }],
    ["[m", {}],
    ["[999m", {}],
  ])("understand %j", (code, style) => {
    expect(pieces(`${E}${code}x`)).toEqual([{ text: "x", style: { ...PLAIN, ...style } }]);
  });

  it.each([
    `${E}[2J`,
    `${E}[10;20H`,
    `${E}[?25l`,
    `${E}]0;a title\u0007`,
    `${E}]8;;https://example.org${E}\\`,
    `${E}P1;2|payload${E}\\`,
    `${E}(B`,
    `${E}c`,
    "\u0007\u0000\u007f\u009b",
    "\u202e",
  ])("leave nothing of other sequences: %j", (sequence) => {
    expect(texts(`a${sequence}b`)).toBe("ab");
  });

  it.each([`${E}]0;never ended`, `${E}Pnever ended`, `${E}]`.repeat(3)])(
    "end with an unfinished string where the next sequence begins: %j",
    (unfinished) => {
      expect(texts(`a${unfinished}${E}[31mb`)).toBe(`a${unfinished.replaceAll(E, "")}b`);
    },
  );

  it("may be cut anywhere", () => {
    const whole = `a${E}[1;38;5;208mb${E}]0;title\u0007c${E}[0md`;
    for (let cut = 0; cut <= whole.length; cut += 1) {
      const first = parseAnsi(ANSI_START, whole.slice(0, cut));
      const second = parseAnsi(first.state, whole.slice(cut));
      const styled = [...first.pieces, ...second.pieces].flatMap(({ text, style }) =>
        [...text].map((character) => [character, style.fg]),
      );
      expect(styled).toEqual([
        ["a", null],
        ["b", 208],
        ["c", 208],
        ["d", null],
      ]);
    }
  });

  it("do not swallow the output behind a sequence that never ends", () => {
    const { state, pieces: shown } = parseAnsi(ANSI_START, `${E}]0;${"x".repeat(CARRY_CHARS_MAX)}`);
    expect(state.carry).toBe("");
    expect(shown.map(({ text }) => text).join("")).toContain("x".repeat(100));
  });

  it("are gone from what is copied", () => {
    expect(plainText([{ text: `${E}[3` }, { text: "1mred" }])).toBe("red");
  });

  it("have the palette of every terminal above sixteen", () => {
    expect(paletteColour(16)).toBe("#000000");
    expect(paletteColour(208)).toBe("#ff8700");
    expect(paletteColour(231)).toBe("#ffffff");
    expect(paletteColour(244)).toBe("#808080");
  });
});
