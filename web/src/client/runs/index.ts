/** Running code, seen from the browser. Framework-free. */
export type { LanguageInfo, RunResult, SourceFile, Verdict } from "./messages";
export { createRuns, type Program, type Runs, type RunsOptions } from "./runs";
export {
  isRunning,
  type OutputChunk,
  type Phase,
  RUNS_START,
  type Run,
  type RunServerMessage,
  type RunsConnection,
  type RunsState,
  reduce,
  type Stream,
} from "./state";
