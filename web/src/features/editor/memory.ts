/**
 * What this page remembers of an editor while it is not shown: leaving for the faces and coming back must
 * not cost a person their undo, their place or their open file. It goes when the document goes.
 */
import * as Y from "yjs";
import type { Visits } from "./CodeEditor";

/** Edits closer together than this are undone together. */
const UNDO_GROUP_MS = 500;

export interface EditorMemory {
  /** The file that the person opened; null until they chose one. */
  openFile: string | null;
  readonly visits: Visits;
  /** This person's own undo for a text. */
  undoOf(text: Y.Text): Y.UndoManager;
}

const MEMORIES = new WeakMap<Y.Doc, EditorMemory>();

export function memoryOf(doc: Y.Doc): EditorMemory {
  const known = MEMORIES.get(doc);
  if (known) return known;
  const made = blank();
  MEMORIES.set(doc, made);
  return made;
}

function blank(): EditorMemory {
  const managers = new Map<Y.Text, Y.UndoManager>();
  return {
    openFile: null,
    visits: new Map(),
    undoOf: (text) => {
      const known = managers.get(text);
      if (known) return known;
      // Only the editor's own edits are tracked: the binding adds itself as an origin while it is open.
      const made = new Y.UndoManager(text, {
        captureTimeout: UNDO_GROUP_MS,
        trackedOrigins: new Set<unknown>(),
      });
      managers.set(text, made);
      return made;
    },
  };
}
