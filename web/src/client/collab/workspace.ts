/**
 * The files of the `workspace` document: read as plain data, changed by a few verbs (protocol/collab.md).
 * The server seeds the first file; nothing here initialises anything.
 */
import * as Y from "yjs";
import { createStore, type ReadableStore } from "./store";

export interface FileHead {
  readonly id: string;
  readonly name: string;
}

/** What the tabs and the Run button need; text is not in it, so that typing does not redraw them. */
export interface WorkspaceView {
  readonly files: readonly FileHead[];
  /** The id of the language that Run uses. */
  readonly language: string | null;
  /** The id of the file that Run starts. */
  readonly entry: string | null;
}

type FileMap = Y.Map<unknown>;

/** A file as its writer left it; the server checks who writes, not what, so an entry may be anything at all. */
type Entry = unknown;

export interface Workspace {
  readonly store: ReadableStore<WorkspaceView>;
  textOf(id: string): Y.Text | null;
  /** Returns the new file's id; it stands behind `after`, or last. */
  add(file: { readonly name: string; readonly text: string; readonly after?: string }): string;
  rename(id: string, name: string): void;
  remove(id: string): void;
  setLanguage(language: string): void;
  setEntry(id: string): void;
  /** Name and text of every file, in the order of the tabs. */
  sources(): { name: string; text: string }[];
  destroy(): void;
}

export function openWorkspace(doc: Y.Doc): Workspace {
  const files = doc.getMap<Entry>("files");
  const settings = doc.getMap<unknown>("settings");
  const store = createStore(viewOf(files, settings));
  const refresh = () => store.set(sameOr(store.getState(), viewOf(files, settings)));
  files.observeDeep(refresh);
  settings.observe(refresh);
  return {
    store,
    textOf: (id) => textOf(files.get(id)),
    add: (file) => addFile(doc, files, file),
    rename: (id, name) => asFile(files.get(id))?.set("name", name),
    remove: (id) => files.delete(id),
    setLanguage: (language) => setIfNew(settings, "language", language),
    setEntry: (id) => setIfNew(settings, "entry", id),
    sources: () =>
      sorted(files).map(({ id, name }) => ({
        name,
        text: textOf(files.get(id))?.toString() ?? "",
      })),
    destroy: () => {
      files.unobserveDeep(refresh);
      settings.unobserve(refresh);
    },
  };
}

/** The file's shared text; null when the entry is not a file as we know it. */
export function textOf(entry: Entry): Y.Text | null {
  const text = asFile(entry)?.get("text");
  return text instanceof Y.Text ? text : null;
}

/** The file's name; empty when the entry has none as we know it. */
export function nameOf(entry: Entry): string {
  const name = asFile(entry)?.get("name");
  return typeof name === "string" ? name : "";
}

function orderOf(entry: Entry): number {
  const order = asFile(entry)?.get("order");
  return typeof order === "number" && Number.isFinite(order) ? order : 0;
}

function asFile(entry: Entry): FileMap | null {
  return entry instanceof Y.Map ? entry : null;
}

/** Unique enough for a room; unlike `randomUUID` it works where the page is not a secure context. */
export function freshId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

interface PlacedFile extends FileHead {
  readonly order: number;
}

function sorted(files: Y.Map<Entry>): PlacedFile[] {
  return [...files.entries()]
    .filter(([, entry]) => textOf(entry) !== null)
    .map(([id, entry]) => ({ id, name: nameOf(entry), order: orderOf(entry) }))
    .sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
}

function viewOf(files: Y.Map<Entry>, settings: Y.Map<unknown>): WorkspaceView {
  const text = (key: string) => {
    const value = settings.get(key);
    return typeof value === "string" ? value : null;
  };
  return {
    files: sorted(files).map(({ id, name }) => ({ id, name })),
    language: text("language"),
    entry: text("entry"),
  };
}

/** Keeps the old value when nothing that it shows has changed. */
function sameOr(before: WorkspaceView, after: WorkspaceView): WorkspaceView {
  return JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

function addFile(
  doc: Y.Doc,
  files: Y.Map<Entry>,
  { name, text, after }: { readonly name: string; readonly text: string; readonly after?: string },
): string {
  const id = freshId();
  doc.transact(() => {
    const file: FileMap = new Y.Map();
    file.set("name", name);
    file.set("order", orderBehind(sorted(files), after));
    file.set("text", new Y.Text(text));
    files.set(id, file);
  });
  return id;
}

function orderBehind(files: readonly PlacedFile[], after: string | undefined): number {
  const at = files.findIndex(({ id }) => id === after);
  const before = files[at >= 0 ? at : files.length - 1];
  const next = at >= 0 ? files[at + 1] : undefined;
  if (!before) return 0;
  return next ? (before.order + next.order) / 2 : before.order + 1;
}

function setIfNew(map: Y.Map<unknown>, key: string, value: string): void {
  if (map.get(key) !== value) map.set(key, value);
}
