/** The room's runs as a store and the few things that a person can do with them. */
import { createStore, type ReadableStore } from "../collab/store";
import type { SourceFile } from "./messages";
import { type RunClientMessage, RunsSocket, type RunsSocketOptions } from "./socket";
import { clearOutput, isRunning, RUNS_START, type RunsState, reduce } from "./state";

/** 16 KiB of UTF-8 at most, whatever the characters (contracts/runs.py STDIN_BYTES_MAX). */
export const STDIN_CHARS_MAX = 4_000;

/** The largest frame that the server takes (contracts/runs.py). */
export const FRAME_BYTES_MAX = 1000 << 10;

const TOO_LARGE = "The files are too large to run together. Remove what the program does not need.";

export type RunsOptions = RunsSocketOptions;

export interface Program {
  /** A language's id. */
  readonly language: string;
  /** The name of the file to start. */
  readonly entry: string;
  readonly files: readonly SourceFile[];
}

export interface Runs {
  readonly store: ReadableStore<RunsState>;
  start(program: Program): void;
  /** Stops the run that goes on, whoever started it. */
  stop(): void;
  /** Sends text to the program as it is: the caller adds the line's end. */
  sendInput(text: string): void;
  endInput(): void;
  /** Hides the output on this page only. */
  clear(): void;
  destroy(): void;
}

/** Connects at once and stays connected until `destroy` or the server's last word. */
export function createRuns(options: RunsOptions): Runs {
  const store = createStore<RunsState>(RUNS_START);
  const patch = (change: Partial<RunsState>) => store.set({ ...store.getState(), ...change });
  const socket = new RunsSocket(options, {
    onMessage: (message) => store.set({ ...reduce(store.getState(), message), connection: "open" }),
    onInterrupted: () => patch({ connection: "reconnecting" }),
    onRefused: () => patch({ connection: "closed" }),
  });
  const ask = (message: RunClientMessage) => {
    if (!socket.send(message))
      patch({ refusal: "The runner is out of reach. We are reconnecting; try again in a moment." });
  };
  const withRun = (message: (run: string) => RunClientMessage) => {
    const state = store.getState();
    if (state.run && isRunning(state)) ask(message(state.run.id));
  };
  return {
    store,
    start: ({ language, entry, files: [first, ...rest] }) => {
      if (!first) return;
      const message: RunClientMessage = { type: "start", language, entry, files: [first, ...rest] };
      if (bytesOf(message) > FRAME_BYTES_MAX) patch({ refusal: TOO_LARGE });
      else ask(message);
    },
    stop: () => withRun((run) => ({ type: "stop", run })),
    sendInput: (text) => {
      for (const part of inParts(text)) withRun((run) => ({ type: "stdin", run, text: part }));
    },
    endInput: () => withRun((run) => ({ type: "stdin", run, text: "", eof: true })),
    clear: () => store.set(clearOutput(store.getState())),
    destroy: () => socket.close(),
  };
}

function bytesOf(message: RunClientMessage): number {
  return new TextEncoder().encode(JSON.stringify(message)).length;
}

/** Never parts a surrogate pair. */
function inParts(text: string): string[] {
  const parts: string[] = [];
  let part = "";
  for (const character of text) {
    if (part.length + character.length > STDIN_CHARS_MAX) {
      parts.push(part);
      part = "";
    }
    part += character;
  }
  return part === "" ? parts : [...parts, part];
}
