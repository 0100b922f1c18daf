/**
 * A program's output as lines to show: streams kept apart, carriage returns and backspaces obeyed,
 * bounded in lines and in a line's length. Full blocks keep their identity, so that drawing more output
 * touches only the last one. Knows nothing of React or of the socket.
 */
import type { OutputChunk, Stream } from "../../client/runs";
import { ANSI_START, type AnsiState, parseAnsi, type StyledText, type TextStyle } from "./ansi";

/** Older lines leave the page first; copying still gives everything. */
export const LINES_MAX = 2000;
export const BLOCK_LINES = 100;
/** A longer line goes on in the next one: one huge text node would stall the page. */
export const LINE_CHARS_MAX = 4096;

export interface Span extends StyledText {
  readonly stream: Stream;
}

export interface Line {
  readonly number: number;
  readonly spans: readonly Span[];
}

export interface Block {
  readonly number: number;
  readonly lines: readonly Line[];
}

export class OutputLines {
  #blocks: Block[] = [];
  #open: Span[] | null = null;
  #openChars = 0;
  #returned = false;
  #lines = 0;
  readonly #ansi: Record<Stream, AnsiState> = {
    stdout: ANSI_START,
    stderr: ANSI_START,
    stdin: ANSI_START,
  };

  append(chunk: OutputChunk): void {
    const parsed = parseAnsi(this.#ansi[chunk.stream], chunk.text);
    this.#ansi[chunk.stream] = parsed.state;
    if (this.#mustPart(chunk.stream)) this.#finishLine();
    for (const { text, style } of parsed.pieces) this.#write(text, style, chunk.stream);
    this.#storeOpen();
  }

  /** The blocks to draw; the same array members as before where nothing changed. */
  get blocks(): readonly Block[] {
    return this.#blocks;
  }

  /** How many lines have left the page. */
  get droppedLines(): number {
    return this.#blocks[0]?.lines[0]?.number ?? 0;
  }

  /** Errors never share a line with ordinary output; what is typed stays behind its prompt. */
  #mustPart(stream: Stream): boolean {
    const last = this.#open?.at(-1)?.stream;
    return last !== undefined && (last === "stderr") !== (stream === "stderr");
  }

  #write(text: string, style: TextStyle, stream: Stream): void {
    for (const part of text.split(/(\r\n|[\n\r\b])/)) {
      if (part === "\n" || part === "\r\n") this.#finishLine();
      else if (part === "\r") this.#returned = true;
      else if (part === "\b") this.#erase();
      else if (part !== "") this.#put(part, style, stream);
    }
  }

  #put(text: string, style: TextStyle, stream: Stream): void {
    if (this.#returned) this.#clearLine();
    for (let at = 0; at < text.length; ) {
      if (this.#openChars >= LINE_CHARS_MAX) this.#finishLine();
      const part = text.slice(at, at + LINE_CHARS_MAX - this.#openChars);
      this.#extend(part, style, stream);
      at += part.length;
    }
  }

  #extend(text: string, style: TextStyle, stream: Stream): void {
    this.#open ??= [];
    const last = this.#open.at(-1);
    if (last && last.style === style && last.stream === stream)
      this.#open[this.#open.length - 1] = { ...last, text: last.text + text };
    else this.#open.push({ text, style, stream });
    this.#openChars += text.length;
  }

  #clearLine(): void {
    this.#returned = false;
    this.#open = null;
    this.#openChars = 0;
  }

  #erase(): void {
    const last = this.#open?.at(-1);
    if (!this.#open || !last || last.text === "") return;
    this.#open[this.#open.length - 1] = { ...last, text: last.text.slice(0, -1) };
    this.#openChars -= 1;
  }

  #finishLine(): void {
    this.#returned = false;
    this.#place({ number: this.#lines, spans: this.#open ?? [] });
    this.#lines += 1;
    this.#open = null;
    this.#openChars = 0;
  }

  #storeOpen(): void {
    if (this.#open) this.#place({ number: this.#lines, spans: [...this.#open] });
    else this.#removeFrom(this.#lines);
  }

  /** Puts a line where its number says, replacing an earlier draft of it. */
  #place(line: Line): void {
    const number = Math.floor(line.number / BLOCK_LINES);
    const last = this.#blocks.at(-1);
    if (last?.number === number) {
      const kept = last.lines.slice(0, line.number - number * BLOCK_LINES);
      this.#blocks = [...this.#blocks.slice(0, -1), { number, lines: [...kept, line] }];
      return;
    }
    this.#blocks = [...this.#blocks, { number, lines: [line] }].slice(-LINES_MAX / BLOCK_LINES);
  }

  #removeFrom(lineNumber: number): void {
    const last = this.#blocks.at(-1);
    const end = last?.lines.at(-1);
    if (!last || !end || end.number < lineNumber) return;
    const lines = last.lines.slice(0, -1);
    const head = this.#blocks.slice(0, -1);
    this.#blocks = lines.length > 0 ? [...head, { ...last, lines }] : head;
  }
}

/** The lines of an output that is handed over whole, again and again, and mostly only grows. */
export class OutputFeed {
  #lines = new OutputLines();
  #taken = 0;
  #last: OutputChunk | undefined;

  /** The same lines with what is new, or new ones if this output does not go on from the last. */
  take(output: readonly OutputChunk[]): OutputLines {
    if (this.#taken > 0 && output[this.#taken - 1] !== this.#last) {
      this.#lines = new OutputLines();
      this.#taken = 0;
    }
    for (const chunk of output.slice(this.#taken)) this.#lines.append(chunk);
    this.#taken = output.length;
    this.#last = output.at(-1);
    return this.#lines;
  }
}
