/**
 * The copy of a document that this browser keeps, so that a reload shows the text at once and nothing
 * typed offline is lost. Named by interview, participant and document: two people on one browser never mix.
 */
import { clearDocument, IndexeddbPersistence } from "y-indexeddb";
import type * as Y from "yjs";

/** A browser that answers no sooner keeps nothing for this visit: the room must not wait for it. */
const LOAD_TIMEOUT_MS = 3_000;

const CAN_WRITE = "can-write";

export interface Kept {
  /** False when this browser does not let us keep anything (private window, full disk). */
  readonly works: boolean;
  /** Whether this person could write when they were last connected. */
  readonly couldWrite: boolean;
  /** Lets a page that opens without a connection be written in, if the last one could. */
  noteWriting(canWrite: boolean): void;
  close(): Promise<void>;
  /** Closes and forgets. */
  forget(): Promise<void>;
}

export function keptName(interview: string, participant: string, document: string): string {
  return `vv:${interview}:${participant}:${document}`;
}

/** Loads what was kept into `doc`, and keeps each change from then on. */
export async function keep(name: string, doc: Y.Doc): Promise<Kept> {
  if (!(await canOpenDatabases())) return NOTHING_KEPT;
  const persistence = new IndexeddbPersistence(name, doc);
  const loaded = await Promise.race([
    persistence.whenSynced.then(() => true),
    new Promise<false>((resolve) => setTimeout(() => resolve(false), LOAD_TIMEOUT_MS)),
  ]);
  if (!loaded) {
    void persistence.destroy();
    return NOTHING_KEPT;
  }
  const couldWrite = Boolean(await persistence.get(CAN_WRITE));
  return {
    works: true,
    couldWrite,
    noteWriting: (canWrite) => void persistence.set(CAN_WRITE, canWrite ? 1 : 0),
    close: () => persistence.destroy(),
    forget: async () => {
      await persistence.destroy();
      await clearDocument(name);
    },
  };
}

/** Forgets all that this browser keeps of an interview. */
export async function forgetInterview(interview: string): Promise<void> {
  if (typeof indexedDB === "undefined" || !indexedDB.databases) return;
  const databases = await indexedDB.databases();
  const own = databases.flatMap(({ name }) => (name?.startsWith(`vv:${interview}:`) ? [name] : []));
  await Promise.all(own.map((name) => clearDocument(name)));
}

const NOTHING_KEPT: Kept = {
  works: false,
  couldWrite: false,
  noteWriting: () => undefined,
  close: async () => undefined,
  forget: async () => undefined,
};

const PROBE = "vv:probe";

function canOpenDatabases(): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open(PROBE);
      request.onerror = () => resolve(false);
      request.onblocked = () => resolve(false);
      request.onsuccess = () => {
        request.result.close();
        indexedDB.deleteDatabase(PROBE);
        resolve(true);
      };
    } catch {
      resolve(false);
    }
  });
}
