/** What a paste into the line of input becomes: whole lines go to the program, the rest waits for Enter. Pure. */

export interface Typed {
  /** Whole lines, each with its end; empty if the paste had no line's end. */
  readonly lines: string;
  readonly rest: string;
}

/** `text` with what is between `start` and `end` replaced by the paste. */
export function pasted(text: string, start: number, end: number, paste: string): Typed {
  const whole = (text.slice(0, start) + paste + text.slice(end)).replace(/\r\n?/g, "\n");
  const cut = whole.lastIndexOf("\n") + 1;
  return { lines: whole.slice(0, cut), rest: whole.slice(cut) };
}
