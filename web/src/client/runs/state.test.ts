import { describe, expect, it } from "vitest";
import type { RunQueued, RunResult } from "./messages";
import {
  clearOutput,
  isRunning,
  OUTPUT_CHARS_MAX,
  RUNS_START,
  type RunServerMessage,
  type RunsState,
  reduce,
} from "./state";

const queued = (run: string, ahead = 0): RunQueued => ({
  type: "queued",
  run,
  by: "par_1",
  by_name: "Caro",
  language: "python",
  entry: "main.py",
  ahead,
  at: 1_000,
});
const output = (run: string, text: string): RunServerMessage => ({
  type: "output",
  run,
  stream: "stdout",
  text,
});
const snapshot = (run: string, ...texts: string[]): RunServerMessage => ({
  type: "snapshot",
  queued: queued(run),
  stage: "run",
  output: texts.map((text) => ({ type: "output", run, stream: "stdout", text })),
  result: null,
});
const finished = (run: string): RunResult => ({
  type: "finished",
  run,
  verdict: "ok",
  exit_code: 0,
  signal: null,
  wall_ms: 30,
  cpu_ms: 20,
  peak_bytes: 9_000_000,
  sentence: "Finished in 30 ms.",
});
const stateAfter = (...messages: RunServerMessage[]): RunsState =>
  messages.reduce(reduce, RUNS_START);

describe("the room's runs", () => {
  it("follow a run from the queue to its end", () => {
    const started = stateAfter(queued("r1"), { type: "stage", run: "r1", stage: "compile" });
    expect(started.run).toMatchObject({ id: "r1", byName: "Caro", phase: "compile" });
    expect(isRunning(started)).toBe(true);
    const ended = [
      { type: "stage", run: "r1", stage: "run" } as const,
      output("r1", "42\n"),
      finished("r1"),
    ].reduce(reduce, started);
    expect(ended.run).toMatchObject({
      phase: "ended",
      output: [{ stream: "stdout", text: "42\n" }],
    });
    expect(ended.run?.result?.sentence).toBe("Finished in 30 ms.");
    expect(isRunning(ended)).toBe(false);
  });

  it("take a second `queued` as a new place in the queue", () => {
    const moved = stateAfter(queued("r1", 2), queued("r1", 1));
    expect(moved.run).toMatchObject({ id: "r1", ahead: 1, phase: "queued" });
  });

  it("forget the last run's output when a new one starts", () => {
    const again = stateAfter(queued("r1"), output("r1", "old"), finished("r1"), queued("r2"));
    expect(again.run).toMatchObject({ id: "r2", output: [], result: null });
  });

  it("ignore words about a run that is not the current one", () => {
    const before = stateAfter(queued("r2"));
    expect(reduce(before, output("r1", "late"))).toBe(before);
    expect(reduce(before, finished("r1"))).toBe(before);
  });

  it("show a newcomer what was written so far and how far the run is", () => {
    const { run } = stateAfter({
      type: "snapshot",
      queued: queued("r1"),
      stage: "run",
      output: [{ type: "output", run: "r1", stream: "stderr", text: "oh" }],
      result: null,
    });
    expect(run).toMatchObject({ phase: "run", output: [{ stream: "stderr", text: "oh" }] });
  });

  it("show a newcomer that nothing was run yet", () => {
    expect(
      stateAfter({ type: "snapshot", queued: null, stage: null, output: [], result: null }).run,
    ).toBeNull();
  });

  it("keep a refusal until the next run", () => {
    const refused = stateAfter({ type: "error", code: "run_in_progress", message: "Wait." });
    expect(refused.refusal).toBe("Wait.");
    expect(reduce(refused, queued("r1")).refusal).toBeNull();
  });

  it("hide cleared output, and show what comes after it", () => {
    const cleared = clearOutput(stateAfter(queued("r1"), output("r1", "old")));
    expect(cleared.run?.output).toEqual([]);
    const going = reduce(cleared, output("r1", "new"));
    expect(going.run?.output).toEqual([{ stream: "stdout", text: "new" }]);
    expect(reduce(reduce(going, queued("r2")), output("r2", "x")).run?.output).toHaveLength(1);
  });

  it("keep cleared output hidden after a reconnect, however the server has joined its pieces", () => {
    const before = [queued("r1"), output("r1", "o"), output("r1", "l"), output("r1", "d")];
    const cleared = clearOutput(stateAfter(...before));
    const texts = (...joined: string[]) =>
      reduce(cleared, snapshot("r1", ...joined)).run?.output.map(({ text }) => text);
    expect(texts("old")).toEqual([]);
    expect(texts("oldnew")).toEqual(["new"]);
    expect(texts("ol", "dnew", "er")).toEqual(["new", "er"]);
    expect(reduce(cleared, snapshot("r2", "another")).run?.output).toHaveLength(1);
  });

  it("bound what a page keeps, and count what it let go", () => {
    const { run } = stateAfter(queued("r1"), output("r1", "x".repeat(OUTPUT_CHARS_MAX + 5)));
    expect(run?.outputChars).toBe(OUTPUT_CHARS_MAX);
    expect(run?.droppedChars).toBe(5);
  });
});
