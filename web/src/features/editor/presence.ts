/**
 * Who is where in the shared text, as plain data: read from awareness (`cursor` is ours, `user` is the
 * server's) and kept as positions that follow the text. Knows no drawing.
 */
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";

/** What this page says of itself; `file` names the document's file so that tabs can show who is in them. */
export interface CursorState {
  readonly file: string;
  readonly anchor: unknown;
  readonly head: unknown;
}

export interface Peer {
  /** Awareness client: one page, of which a participant may have several. */
  readonly client: number;
  readonly participant: string;
  readonly name: string;
  readonly color: string;
  readonly file: string | null;
  readonly cursor: CursorState | null;
}

/** Somebody's selection in the text that is open, in UTF-16 units. */
export interface PeerSelection {
  readonly peer: Peer;
  readonly anchor: number;
  readonly head: number;
}

/** The server takes at most ten presence messages a second. */
export const PUBLISH_INTERVAL_MS = 120;

const COLOR = /^#[0-9a-f]{6}$/i;
const COLOR_UNKNOWN = "#64748b";

/** Everybody else on this document, whether or not they have a cursor. */
export function peersOf(awareness: Awareness): Peer[] {
  return [...awareness.getStates()]
    .filter(([client]) => client !== awareness.clientID)
    .map(([client, state]) => peerOf(client, state));
}

function peerOf(client: number, state: Record<string, unknown>): Peer {
  const user = (state.user ?? {}) as Record<string, unknown>;
  const cursor = (state.cursor ?? null) as CursorState | null;
  const color = String(user.color ?? "");
  return {
    client,
    participant: String(user.id ?? client),
    name: String(user.name ?? "Somebody"),
    color: COLOR.test(color) ? color : COLOR_UNKNOWN,
    file: typeof cursor?.file === "string" ? cursor.file : null,
    cursor,
  };
}

/** The peer's selection in `text`; null when it is elsewhere or names places we do not have yet. */
export function selectionIn(text: Y.Text, peer: Peer): PeerSelection | null {
  const anchor = positionIn(text, peer.cursor?.anchor);
  const head = positionIn(text, peer.cursor?.head);
  return anchor === null || head === null ? null : { peer, anchor, head };
}

function positionIn(text: Y.Text, relative: unknown): number | null {
  if (!text.doc || typeof relative !== "object" || relative === null) return null;
  try {
    const position = Y.createRelativePositionFromJSON(relative);
    const absolute = Y.createAbsolutePositionFromRelativePosition(position, text.doc);
    return absolute?.type === text ? absolute.index : null;
  } catch {
    return null; // a peer may send anything
  }
}

/** What to publish for a selection. */
export function cursorOf(text: Y.Text, file: string, anchor: number, head: number): CursorState {
  const relative = (at: number) =>
    Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(text, at));
  return { file, anchor: relative(anchor), head: relative(head) };
}

export function isSameCursor(a: CursorState | null | undefined, b: CursorState | null): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b);
}
