/**
 * What the room knows of its runs, and how each message of the server changes it. Pure: knows no socket,
 * no clock, no React.
 */
import type {
  LanguageInfo,
  Languages,
  RunError,
  RunOutput,
  RunPong,
  RunQueued,
  RunResult,
  RunSnapshot,
  RunStage,
} from "./messages";

export type RunServerMessage =
  | Languages
  | RunQueued
  | RunStage
  | RunOutput
  | RunResult
  | RunSnapshot
  | RunError
  | RunPong;

export type Stream = RunOutput["stream"];

export interface OutputChunk {
  readonly stream: Stream;
  readonly text: string;
}

export type Phase = "queued" | "compile" | "run" | "ended";

/** The room's current or last run. */
export interface Run {
  readonly id: string;
  readonly by: string;
  readonly byName: string;
  readonly language: string;
  readonly entry: string;
  /** Server time in ms. */
  readonly at: number;
  /** Runs of other rooms that come first. */
  readonly ahead: number;
  readonly phase: Phase;
  /** What this person has not cleared. */
  readonly output: readonly OutputChunk[];
  readonly outputChars: number;
  /** So much of the run's text this person has cleared, from its start. */
  readonly clearedChars: number;
  /** Output that was let go because it passed `OUTPUT_CHARS_MAX`. */
  readonly droppedChars: number;
  readonly result: RunResult | null;
}

/** `closed` is final: the interview has ended or we may not be here. */
export type RunsConnection = "connecting" | "open" | "reconnecting" | "closed";

export interface RunsState {
  readonly connection: RunsConnection;
  readonly languages: readonly LanguageInfo[];
  /** Why this host runs nothing at all, as a sentence; null when it can. */
  readonly unavailable: string | null;
  readonly run: Run | null;
  /** The last refusal, as a sentence; gone at the next run. */
  readonly refusal: string | null;
}

/** The server stops a run at 1 MiB; this only guards the page against a server that does not. */
export const OUTPUT_CHARS_MAX = 4 << 20;

export const RUNS_START: RunsState = {
  connection: "connecting",
  languages: [],
  unavailable: null,
  run: null,
  refusal: null,
};

/** Whether somebody's program is waiting, compiling or running. */
export function isRunning(state: RunsState): boolean {
  return state.run !== null && state.run.phase !== "ended";
}

/** The state after a message; a message about another run than the current one changes nothing. */
export function reduce(state: RunsState, message: RunServerMessage): RunsState {
  switch (message.type) {
    case "languages":
      return { ...state, languages: message.languages, unavailable: message.unavailable };
    case "snapshot":
      return { ...state, run: runOfSnapshot(message, state.run) };
    case "queued":
      return { ...state, run: queued(state.run, message), refusal: null };
    case "stage":
      return withRun(state, message.run, (run) => ({ ...run, phase: message.stage }));
    case "output":
      return withRun(state, message.run, (run) => withOutput(run, message));
    case "finished":
      return withRun(state, message.run, (run) => ({ ...run, phase: "ended", result: message }));
    case "error":
      return { ...state, refusal: message.message };
    case "pong":
      return state;
  }
}

/** Hides what this person has seen; a run that goes on shows only what comes now. */
export function clearOutput(state: RunsState): RunsState {
  const run = state.run && { ...state.run, output: [], clearedChars: state.run.outputChars };
  return { ...state, run, refusal: null };
}

function withRun(state: RunsState, id: string, change: (run: Run) => Run): RunsState {
  return state.run?.id === id ? { ...state, run: change(state.run) } : state;
}

/** A `queued` for the run we already have is a new place in the queue. */
function queued(current: Run | null, message: RunQueued): Run {
  if (current?.id === message.run && current.phase === "queued")
    return { ...current, ahead: message.ahead };
  return runOf(message);
}

function runOf(head: RunQueued): Run {
  return {
    id: head.run,
    by: head.by,
    byName: head.by_name,
    language: head.language,
    entry: head.entry,
    at: head.at,
    ahead: head.ahead,
    phase: "queued",
    output: [],
    outputChars: 0,
    clearedChars: 0,
    droppedChars: 0,
    result: null,
  };
}

/** The whole output again, its pieces joined otherwise; what was cleared of this run stays so. */
function runOfSnapshot(message: RunSnapshot, before: Run | null): Run | null {
  if (!message.queued) return null;
  const whole = message.output.reduce(withOutput, runOf(message.queued));
  const clearedChars = before?.id === whole.id ? before.clearedChars : 0;
  const run = { ...whole, clearedChars, output: withoutStart(whole.output, clearedChars) };
  if (message.result) return { ...run, phase: "ended", result: message.result };
  return { ...run, phase: message.stage ?? "queued" };
}

function withoutStart(output: readonly OutputChunk[], chars: number): readonly OutputChunk[] {
  let left = chars;
  return output.flatMap(({ stream, text }) => {
    const rest = text.slice(left);
    left = Math.max(0, left - text.length);
    return rest === "" ? [] : [{ stream, text: rest }];
  });
}

function withOutput(run: Run, { stream, text }: OutputChunk): Run {
  const room = Math.max(0, OUTPUT_CHARS_MAX - run.outputChars);
  const kept = text.slice(0, room);
  return {
    ...run,
    output: kept === "" ? run.output : [...run.output, { stream, text: kept }],
    outputChars: run.outputChars + kept.length,
    droppedChars: run.droppedChars + text.length - kept.length,
  };
}
