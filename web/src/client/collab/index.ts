/** The shared documents of a room, seen from the browser. Framework-free. */
export type { TextFile } from "./check";
export {
  type Collab,
  type CollabConnection,
  type CollabOptions,
  type CollabState,
  createCollab,
  type Rescued,
  type SharedDocument,
} from "./collab";
export { forgetInterview } from "./keep";
export { withUnixLineEnds } from "./line-ends";
export type { Saving } from "./saving";
export type { ReadableStore } from "./store";
export { type FileHead, openWorkspace, type Workspace, type WorkspaceView } from "./workspace";
