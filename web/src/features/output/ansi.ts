/**
 * Colours in a program's output: keeps SGR (ECMA-48 §8.3.117), strips every other control sequence.
 * Fed in pieces, since a sequence may be cut anywhere. Knows nothing of lines, streams or the page.
 */

/** A palette index 0–255, or a true colour as `#rrggbb`. */
export type Colour = number | `#${string}`;

export interface TextStyle {
  readonly fg: Colour | null;
  readonly bg: Colour | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly strike: boolean;
  readonly inverse: boolean;
}

export interface StyledText {
  readonly text: string;
  readonly style: TextStyle;
}

/** What must be remembered between two pieces: the style in force and an unfinished sequence. */
export interface AnsiState {
  readonly style: TextStyle;
  readonly carry: string;
}

export const PLAIN: TextStyle = {
  fg: null,
  bg: null,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  strike: false,
  inverse: false,
};

export const ANSI_START: AnsiState = { style: PLAIN, carry: "" };

/** An unfinished sequence longer than this is no sequence: its text is shown. */
export const CARRY_CHARS_MAX = 512;

const ESC = "\u001b";
/** OSC, DCS, APC, PM, SOS. Any ESC ends them, so that many unfinished ones cost no more than their length. */
const STRING = `[\\]P_^X][^\\u0007${ESC}]*`;
const SEQUENCE = new RegExp(
  `^${ESC}(?:` +
    `\\[([0-?]*)[ -/]*([@-~])|` + // CSI parameters, intermediates, final
    `${STRING}(?:\\u0007|${ESC}\\\\)|` +
    `[ -/]+[0-~]|` + // nF
    `[0-OQ-WYZ\\\\\`-~]` + // a lone two-character sequence
    `)`,
);
const UNFINISHED = new RegExp(`^${ESC}(?:\\[[0-?]*[ -/]*|${STRING}${ESC}?|[ -/]*)?$`);
/** C0 but tab, newline, backspace and carriage return; DEL; C1; and the marks that reorder text. */
const INVISIBLE = new RegExp(
  `[${["\\0-\\x07", "\\v\\f", "\\x0e-\\x1f", "\\x7f-\\x9f", "\\u202a-\\u202e", "\\u2066-\\u2069"].join("")}]`,
  "g",
);

/** Splits `input` into styled text and says how to go on with the next piece. */
export function parseAnsi(
  state: AnsiState,
  input: string,
): { readonly state: AnsiState; readonly pieces: readonly StyledText[] } {
  const pieces: StyledText[] = [];
  let style = state.style;
  let rest = state.carry + input;
  while (rest !== "") {
    const start = rest.indexOf(ESC);
    push(pieces, start < 0 ? rest : rest.slice(0, start), style);
    if (start < 0) return { state: { style, carry: "" }, pieces };
    rest = rest.slice(start);
    const found = SEQUENCE.exec(rest);
    if (found) {
      if (found[2] === "m") style = applySgr(style, found[1] ?? "");
      rest = rest.slice(found[0].length);
    } else if (rest.length <= CARRY_CHARS_MAX && UNFINISHED.test(rest)) {
      return { state: { style, carry: rest }, pieces };
    } else {
      rest = rest.slice(1);
    }
  }
  return { state: { style, carry: "" }, pieces };
}

function push(pieces: StyledText[], text: string, style: TextStyle): void {
  const visible = text.replace(INVISIBLE, "");
  if (visible !== "") pieces.push({ text: visible, style });
}

const FLAGS: Readonly<Record<number, Partial<TextStyle>>> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  21: { underline: true },
  22: { bold: false, dim: false },
  23: { italic: false },
  24: { underline: false },
  27: { inverse: false },
  29: { strike: false },
  39: { fg: null },
  49: { bg: null },
};

/** Applies the parameters of one SGR sequence; unknown ones change nothing. */
function applySgr(style: TextStyle, parameters: string): TextStyle {
  const codes = parameters.split(/[;:]/).map((code) => (code === "" ? 0 : Number(code)));
  let next = style;
  while (codes.length > 0) {
    const code = codes.shift() ?? 0;
    if (code === 0) next = PLAIN;
    else if (code === 38 || code === 48) next = withExtended(next, code, codes);
    else next = { ...next, ...(FLAGS[code] ?? basicColour(code)) };
  }
  return next;
}

function basicColour(code: number): Partial<TextStyle> {
  if (code >= 30 && code <= 37) return { fg: code - 30 };
  if (code >= 40 && code <= 47) return { bg: code - 40 };
  if (code >= 90 && code <= 97) return { fg: code - 82 };
  if (code >= 100 && code <= 107) return { bg: code - 92 };
  return {};
}

/** `38;5;n` and `38;2;r;g;b`; takes what it uses from `codes`. */
function withExtended(style: TextStyle, code: number, codes: number[]): TextStyle {
  const kind = codes.shift();
  const colour = kind === 5 ? byte(codes.shift()) : kind === 2 ? rgb(codes.splice(0, 3)) : null;
  if (colour === null) return style;
  return code === 38 ? { ...style, fg: colour } : { ...style, bg: colour };
}

function rgb(channels: readonly number[]): Colour | null {
  const bytes = channels.map(byte);
  if (bytes.length !== 3 || bytes.includes(null)) return null;
  return `#${bytes.map((channel) => (channel ?? 0).toString(16).padStart(2, "0")).join("")}`;
}

function byte(value: number | undefined): number | null {
  return value !== undefined && Number.isInteger(value) && value >= 0 && value <= 255
    ? value
    : null;
}

/** The text alone, as copying gives it. */
export function plainText(chunks: readonly { readonly text: string }[]): string {
  const { pieces } = parseAnsi(ANSI_START, chunks.map(({ text }) => text).join(""));
  return pieces.map(({ text }) => text).join("");
}

const CUBE = [0, 95, 135, 175, 215, 255] as const;

/** The colour of palette index 16–255: the 6×6×6 cube, then 24 greys. Below 16 the theme decides. */
export function paletteColour(index: number): `#${string}` {
  if (index >= 232) return hex(Array.from({ length: 3 }, () => 8 + (index - 232) * 10));
  const at = index - 16;
  return hex([Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((step) => CUBE[step] ?? 0));
}

function hex(channels: readonly number[]): `#${string}` {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
