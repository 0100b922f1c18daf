/** The shared editor. Load it when the room opens: CodeMirror comes with it. */
export { EditorPane, type EditorPaneProps } from "./EditorPane";
export { SaveStatus } from "./SaveStatus";
export type { EditorHandle } from "./use-editing";
