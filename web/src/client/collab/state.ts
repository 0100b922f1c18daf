/** What the panes see of the shared documents. Pure data. */
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import type { DocumentName, TextFile } from "./check";
import type { ReloadOrder } from "./document";
import type { Saving } from "./saving";

export type CollabConnection = "connecting" | "online" | "reconnecting" | "closed";

/** A document as the panes see it; a new `doc` means that everything bound to the old one must go. */
export interface SharedDocument {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  /** What this browser kept is in `doc`, so that there may be text before the server answers. */
  readonly isLoaded: boolean;
  /** `doc` holds the server's state. */
  readonly isSynced: boolean;
  readonly isReadOnly: boolean;
}

/** Text of a document that had to be opened anew: what the person had may not all be in the new one. */
export interface Rescued {
  readonly document: DocumentName;
  readonly reason: ReloadOrder["reason"];
  readonly message: string;
  readonly files: readonly TextFile[];
}

export interface CollabState {
  readonly connection: CollabConnection;
  readonly saving: Saving;
  readonly workspace: SharedDocument;
  readonly brief: SharedDocument;
  readonly rescued: Rescued | null;
}

/** Keeps old values where nothing changed, so that watchers are not woken for nothing. */
export function sameOr(before: CollabState, after: CollabState): CollabState {
  const workspace = sameFields(before.workspace, after.workspace);
  const brief = sameFields(before.brief, after.brief);
  return sameFields(before, { ...after, workspace, brief });
}

function sameFields<T extends object>(before: T, after: T): T {
  return Object.entries(after).every(([key, value]) => before[key as keyof T] === value)
    ? before
    : after;
}
