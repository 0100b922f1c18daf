/**
 * The shared documents of a room on one socket, as a store. Knows no editor.
 *
 * Safety: "saved" is said only when the server has confirmed every edit of every document.
 * Liveness: until `destroy` or the server's last word there is a socket, an attempt, or a timer that starts one.
 */
import { HocuspocusProviderWebsocket, WebSocketStatus } from "@hocuspocus/provider";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { closingOf, isFinal } from "../signaling/closing";
import { canonicalFiles, type DocumentName, type TextFile } from "./check";
import { OpenDocument, type ReloadOrder } from "./document";
import { keptName } from "./keep";
import { SOCKET_OPEN } from "./provider";
import { isAllConfirmed, type Saving, savingOf } from "./saving";
import { createStore, type ReadableStore, type Store } from "./store";

/** A page that is not connected by then says so. */
const OPENING_MS = 3_000;
/** The server confirms within 50 ms and a round trip: with no progress for so long the line is dead. */
const STUCK_MS = 8_000;
const WATCH_INTERVAL_MS = 1_000;
const RECONNECT = { delay: 400, minDelay: 400, maxDelay: 8_000 } as const;

export interface CollabOptions {
  /** `wss://…/api/rooms/{interview}/collab` */
  readonly url: string;
  readonly interview: string;
  readonly participant: string;
  /** A fresh single-use ticket, one for each document at each connect. */
  readonly getTicket: () => Promise<string>;
  /** Whether a failure to get a ticket is the server's last word. */
  readonly isRefusal?: (error: unknown) => boolean;
}

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

export interface Collab {
  readonly store: ReadableStore<CollabState>;
  /** The person has taken what they need of the rescued text. */
  dismissRescued(): void;
  destroy(): void;
}

export function createCollab(options: CollabOptions): Collab {
  const room = new CollabRoom(options);
  return {
    store: room.store,
    dismissRescued: () => room.dismissRescued(),
    destroy: () => room.destroy(),
  };
}

class CollabRoom {
  readonly store: Store<CollabState>;
  readonly #options: CollabOptions;
  readonly #socket: Line;
  readonly #documents: Record<DocumentName, OpenDocument>;
  readonly #watchTimer: ReturnType<typeof setInterval>;
  readonly #openedAt = performance.now();
  #progressAt = performance.now();
  #wasOnline = false;
  #isOver = false;

  constructor(options: CollabOptions) {
    this.#options = options;
    this.#socket = new Line({
      url: options.url,
      ...RECONNECT,
      onClose: ({ event }) => this.#onClose(event.code),
      onStatus: () => this.#refresh(),
    });
    this.#documents = { workspace: this.#open("workspace"), brief: this.#open("brief") };
    this.store = createStore(this.#view(null));
    this.#watchTimer = setInterval(() => this.#watch(), WATCH_INTERVAL_MS);
    globalThis.addEventListener?.("online", this.#hurry);
  }

  dismissRescued(): void {
    this.store.set({ ...this.store.getState(), rescued: null });
  }

  destroy(): void {
    this.#isOver = true;
    clearInterval(this.#watchTimer);
    globalThis.removeEventListener?.("online", this.#hurry);
    for (const document of Object.values(this.#documents)) void document.close();
    this.#socket.destroy();
  }

  #open(name: DocumentName): OpenDocument {
    const { interview, participant, getTicket, isRefusal } = this.#options;
    return new OpenDocument({
      name,
      keptName: keptName(interview, participant, name),
      socket: this.#socket,
      getTicket,
      isRefusal: (error) => isRefusal?.(error) ?? false,
      onChange: () => this.#onProgress(),
      onReload: (order) => void this.#reopen(name, order),
      onRefused: () => this.#finish(),
    });
  }

  /** Opens a document anew without this browser's copy, and hands the old text to the person. */
  async #reopen(name: DocumentName, order: ReloadOrder): Promise<void> {
    const old = this.#documents[name];
    const rescued: Rescued = { document: name, ...order, files: canonicalFiles(name, old.doc) };
    await old.forget();
    if (this.#isOver) return;
    this.#documents[name] = this.#open(name);
    this.store.set(this.#view(rescued));
  }

  #onProgress(): void {
    this.#progressAt = performance.now();
    this.#refresh();
  }

  #refresh(): void {
    if (!this.store) return; // the socket reports before the constructor is done
    this.#wasOnline ||= this.#isConnected;
    const documents = Object.values(this.#documents);
    if (this.#isConnected && isAllConfirmed(documents.map(({ account }) => account)))
      for (const document of documents) document.markConfirmed();
    const before = this.store.getState();
    this.store.set(sameOr(before, this.#view(before.rescued)));
  }

  #view(rescued: Rescued | null): CollabState {
    const { workspace, brief } = this.#documents;
    return {
      connection: this.#connection,
      saving: this.#saving,
      workspace: shared(workspace, this.#isOver),
      brief: shared(brief, this.#isOver),
      rescued,
    };
  }

  get #isConnected(): boolean {
    return (
      this.#socket.status === WebSocketStatus.Connected &&
      this.#socket.webSocket?.readyState === SOCKET_OPEN
    );
  }

  get #connection(): CollabConnection {
    if (this.#isOver) return "closed";
    if (this.#isConnected) return "online";
    return this.#wasOnline ? "reconnecting" : "connecting";
  }

  get #saving(): Saving {
    const documents = Object.values(this.#documents);
    return savingOf({
      connected: this.#isConnected,
      final: this.#isOver,
      dirty: documents.some(({ isDirty }) => isDirty),
      kept: documents.every(({ isKept }) => isKept),
      opening: performance.now() - this.#openedAt < OPENING_MS && !this.#wasSynced,
      accounts: documents.map(({ account }) => account),
    });
  }

  get #wasSynced(): boolean {
    return this.store?.getState().workspace.isSynced ?? false;
  }

  #onClose(code: number): void {
    if (isFinal(closingOf(code))) this.#finish();
    if (closingOf(code) === "ended") void this.#forgetIfConfirmed();
  }

  /** Nothing will be sent any more. */
  #finish(): void {
    this.#isOver = true;
    this.#socket.disconnect();
    this.#refresh();
  }

  /** After the interview the server has everything; an edit that it never took stays on this device. */
  async #forgetIfConfirmed(): Promise<void> {
    const documents = Object.values(this.#documents);
    if (documents.some(({ isDirty }) => isDirty)) return;
    await Promise.all(documents.map((document) => document.forgetCopy()));
  }

  readonly #hurry = () => {
    if (!this.#isOver && !this.#isConnected) void this.#socket.connect();
  };

  /** Gives up a line on which edits stay unconfirmed, and lets "connecting" become "offline". */
  #watch(): void {
    const isStuck = performance.now() - this.#progressAt > STUCK_MS;
    const accounts = Object.values(this.#documents).map(({ account }) => account);
    if (this.#isConnected && isStuck && !isAllConfirmed(accounts)) {
      this.#progressAt = performance.now();
      this.#socket.giveUp();
    }
    this.#refresh();
  }
}

/** The socket, with a way to leave it at once. */
class Line extends HocuspocusProviderWebsocket {
  /** A close handshake needs the very network that is gone: everybody is told now, and a new socket follows. */
  giveUp(): void {
    this.emit("close", { event: { code: 4408, reason: "no confirmation" } });
  }
}

function shared(document: OpenDocument, isOver: boolean): SharedDocument {
  return {
    doc: document.doc,
    awareness: document.awareness,
    isLoaded: document.isLoaded,
    isSynced: document.account.synced,
    isReadOnly: document.account.readOnly || isOver,
  };
}

/** Keeps old values where nothing changed, so that watchers are not woken for nothing. */
function sameOr(before: CollabState, after: CollabState): CollabState {
  const workspace = sameFields(before.workspace, after.workspace);
  const brief = sameFields(before.brief, after.brief);
  return sameFields(before, { ...after, workspace, brief });
}

function sameFields<T extends object>(before: T, after: T): T {
  return Object.entries(after).every(([key, value]) => before[key as keyof T] === value)
    ? before
    : after;
}
