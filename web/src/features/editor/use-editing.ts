/** What the editor pane shows and what a person can do in it, gathered for its parts. */
import type { EditorView } from "@codemirror/view";
import { type Ref, useImperativeHandle, useRef, useState } from "react";
import { useStore } from "zustand";
import type { FileHead, SharedDocument, Workspace } from "../../client/collab";
import { isRunning, type Runs, type RunsState } from "../../client/runs";
import { goTo, useFollow } from "./follow";
import { memoryOf } from "./memory";
import { usePeers } from "./peers";
import { type EditorNotice, programOf } from "./workspace-actions";

export interface EditorHandle {
  focus(): void;
  run(): void;
  /** Shows where the participant's cursor is; false when they have none. The focus stays where it is. */
  jumpTo(participant: string): boolean;
}

export interface EditingOptions {
  readonly shared: SharedDocument;
  readonly workspace: Workspace;
  readonly runs: Runs;
  readonly canRun: boolean;
  readonly follow: string | null;
  readonly ref: Ref<EditorHandle> | undefined;
}

export type Editing = ReturnType<typeof useEditing>;

export function useEditing(options: EditingOptions) {
  const { shared, workspace, runs, canRun } = options;
  const view = useStore(workspace.store);
  const memory = memoryOf(shared.doc);
  const [wished, setWished] = useState(memory.openFile);
  const [notice, setNotice] = useState<EditorNotice | null>(null);
  const active = activeOf(view.files, wished, view.entry);
  const viewRef = useRef<EditorView | null>(null);
  const text = active && workspace.textOf(active.id);
  const undo = text && memory.undoOf(text);
  const open = (file: string) => {
    memory.openFile = file;
    setWished(file);
  };
  const obstacle = useStore(runs.store, (state) => obstacleOf(state, canRun));
  const running = useStore(runs.store, isRunning);
  const following = {
    ...{ awareness: shared.awareness, textOf: workspace.textOf, viewRef, onFile: open },
    participant: options.follow,
    activeFile: active?.id ?? null,
  };
  useFollow(following);
  const run = () => {
    const program = programOf(workspace, active?.id ?? null);
    if (obstacle !== null) return setNotice({ text: obstacle });
    if (running || !program) return;
    undo?.stopCapturing();
    runs.start(program);
  };
  useImperativeHandle(options.ref, () => ({
    focus: () => viewRef.current?.focus(),
    run,
    jumpTo: (participant) => goTo(following, participant),
  }));
  const peers = usePeers(shared.awareness);
  return {
    ...{ ...view, active, open, peers, notice, setNotice, undo, canRun, obstacle, running, run },
    ...{ viewRef, visits: memory.visits, workspace, shared, stop: runs.stop },
  };
}

/** The file that this person chose, else the one that Run starts; a deleted file gives way to its neighbour. */
function activeOf(
  files: readonly FileHead[],
  wished: string | null,
  entry: string | null,
): FileHead | null {
  const byId = (id: string | null) => files.find((file) => file.id === id);
  return byId(wished) ?? byId(entry) ?? files[0] ?? null;
}

/** Why nothing can be run now, as a sentence. */
function obstacleOf(state: RunsState, canRun: boolean): string | null {
  if (!canRun) return "You are here to watch; only the others can run the code.";
  if (state.unavailable !== null) return state.unavailable;
  if (state.connection === "closed") return "The interview is over; nothing can be run any more.";
  return state.connection === "open" ? null : "The runner is out of reach. We are reconnecting.";
}
