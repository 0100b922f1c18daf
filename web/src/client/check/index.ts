/** Checks a connection before joining: by which ways the server is reached, how well, and whether devices work. */
export { type CheckResult, checkConnection } from "./doctor";
export { PATHS, type PathKind } from "./paths";
export type { Outcome } from "./verdict";
