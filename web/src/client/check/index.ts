/** Checks a connection: by which ways the server is reached, how well, and whether devices work. */
export { type CheckResult, checkConnection } from "./doctor";
export { PATHS, type PathKind } from "./paths";
export type { CheckApi } from "./probe";
export { isReachable } from "./reach";
export type { Outcome } from "./verdict";
