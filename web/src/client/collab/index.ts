/** The shared documents of a room, seen from the browser. Framework-free. */
export type { TextFile } from "./check";
export { type Collab, type CollabOptions, createCollab } from "./collab";
export { forgetInterview } from "./keep";
export { withUnixLineEnds } from "./line-ends";
export type { Saving } from "./saving";
export type { CollabConnection, CollabState, Rescued, SharedDocument } from "./state";
export type { ReadableStore } from "./store";
export { type FileHead, openWorkspace, type Workspace, type WorkspaceView } from "./workspace";
