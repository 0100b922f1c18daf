/** The golden frames of `protocol/fixtures/runs`, which the server's tests read too. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RUNS_START, type RunServerMessage, type RunsState, reduce } from "./state";

const FOLDER = "../protocol/fixtures/runs/";
const frameOf = (file: string) =>
  (JSON.parse(readFileSync(FOLDER + file, "utf8")) as { frame: RunServerMessage }).frame;
const files = readdirSync(FOLDER).filter((file) => file.startsWith("server-"));

/** What the page knows after the frame, when a run was queued before it. */
const EXPECTED: Readonly<Record<string, object>> = {
  "server-error.json": { refusal: "A program is running already. Stop it first." },
  "server-finished.json": { run: { phase: "ended", result: { verdict: "ok" } } },
  "server-finished-memory.json": { run: { phase: "ended", result: { verdict: "memory" } } },
  "server-finished-nonzero.json": { run: { phase: "ended", result: { exit_code: 3 } } },
  "server-finished-signal.json": { run: { phase: "ended", result: { signal: "SIGSEGV" } } },
  "server-finished-wall.json": { run: { phase: "ended", result: { peak_bytes: null } } },
  "server-languages.json": { unavailable: null, languages: [{ available: true }, {}, {}] },
  "server-languages-unavailable.json": { unavailable: expect.stringMatching(/\.$/) },
  "server-output.json": { run: { output: [{ stream: "stdout", text: "Hello\n" }] } },
  "server-output-hostile.json": { run: { output: [{ stream: "stderr" }] } },
  "server-pong.json": { run: { phase: "queued" } },
  "server-queued.json": { run: { byName: "Caro", entry: "main.py", ahead: 0 } },
  "server-queued-waiting.json": { run: { id: "run_1", ahead: 2, phase: "queued" } },
  "server-snapshot-empty.json": { run: null },
  "server-snapshot-finished.json": { run: { phase: "ended" } },
  "server-snapshot-running.json": { run: { phase: "run", result: null } },
  "server-stage-compile.json": { run: { phase: "compile" } },
  "server-stage-run.json": { run: { phase: "run" } },
};

describe("what the page makes of the server's frames", () => {
  const queued: RunsState = reduce(RUNS_START, frameOf("server-queued.json"));

  it.each(files)("is as said for %s", (file) => {
    expect(EXPECTED).toHaveProperty([file]);
    expect(reduce(queued, frameOf(file))).toMatchObject(EXPECTED[file] ?? {});
  });
});
