/**
 * The shared documents of a room on one socket, as a store. Knows no editor.
 *
 * Safety: "saved" is said only when the server has confirmed every edit of every document.
 * Liveness: until `destroy` or the server's last word there is a socket, an attempt, or a timer that starts one.
 */
import { HocuspocusProviderWebsocket, WebSocketStatus } from "@hocuspocus/provider";
import { retryDelayMs } from "../signaling/backoff";
import { closingOf, isFinal } from "../signaling/closing";
import { canonicalFiles, type DocumentName } from "./check";
import { OpenDocument, type ReloadOrder } from "./document";
import { keptName } from "./keep";
import { SOCKET_OPEN } from "./provider";
import { isAllConfirmed, isConfirmed, type Saving, savingOf } from "./saving";
import {
  type CollabConnection,
  type CollabState,
  type Rescued,
  type SharedDocument,
  sameOr,
} from "./state";
import { createStore, type ReadableStore, type Store } from "./store";

/** A page that is not connected by then says so. */
const OPENING_MS = 3_000;
/** The server confirms within 50 ms and a round trip: with no progress for so long the line is dead. */
const STUCK_MS = 8_000;
const WATCH_INTERVAL_MS = 1_000;
const RECONNECT = { delay: 400, minDelay: 400, maxDelay: 8_000 } as const;
/** The server's words for "this frame cannot be taken": what it holds would be sent again at each return. */
const REJECTIONS: ReadonlySet<number> = new Set([1009, 4400]);
/** The first may be an accident of the line. */
const REJECTIONS_MAX = 3;
const REJECTED: ReloadOrder = {
  reason: "refused",
  message:
    "The server could not take your last changes. This is its copy; what you had is here for you to copy.",
};

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
  /** Closes since everything was last confirmed. */
  #closes = 0;
  #rejections = 0;
  #wasOnline = false;
  #wasSynced = false;
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
      onRefused: () => {
        this.#finish();
        void this.#forgetIfConfirmed();
      },
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
    this.#wasSynced ||= this.#documents.workspace.account.synced;
    if (this.#isConnected) this.#markConfirmed();
    const before = this.store.getState();
    this.store.set(sameOr(before, this.#view(before.rescued)));
  }

  #markConfirmed(): void {
    const confirmed = Object.values(this.#documents).filter(({ account }) => isConfirmed(account));
    for (const document of confirmed) document.markConfirmed();
    if (confirmed.length < Object.values(this.#documents).length) return;
    this.#closes = 0;
    this.#rejections = 0;
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
      opening: !this.#wasSynced && performance.now() - this.#openedAt < OPENING_MS,
      accounts: documents.map(({ account }) => account),
    });
  }

  #onClose(code: number): void {
    if (isFinal(closingOf(code))) this.#finish();
    if (closingOf(code) === "ended") void this.#forgetIfConfirmed();
    this.#closes += 1;
    this.#socket.configuration.delay = this.#nextDelayMs();
    if (REJECTIONS.has(code)) this.#onRejection();
  }

  /** The library that waits takes whole numbers only, and stops for ever at any other. */
  #nextDelayMs(): number {
    const delay = Math.round(retryDelayMs(this.#closes, Math.random()));
    return Math.min(RECONNECT.maxDelay, Math.max(RECONNECT.minDelay, delay));
  }

  /** Whoever would be turned away for ever takes the server's copy, and is given what they had. */
  #onRejection(): void {
    this.#rejections += 1;
    if (this.#rejections < REJECTIONS_MAX) return;
    this.#rejections = 0;
    for (const name of ["workspace", "brief"] as const)
      if (this.#documents[name].isDirty) void this.#reopen(name, REJECTED);
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
