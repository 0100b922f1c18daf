/**
 * One shared document on this page: the copy kept in this browser, the conversation with the server, the
 * divergence alarm. Knows no other document; the socket is shared and belongs to the caller.
 */
import type { HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import type { Awareness } from "y-protocols/awareness";
import * as Y from "yjs";
import { retryDelayMs } from "../signaling/backoff";
import { checkMessage, type DocumentName } from "./check";
import { type Kept, keep } from "./keep";
import { type Account, DocumentProvider } from "./provider";

const CHECK_INTERVAL_MS = 10_000;
/** A document still being typed into is compared later: both sides must look at the same state. */
const QUIET_MS = 1_000;

/** The server says that this page's copy cannot be brought together with its own. */
export interface ReloadOrder {
  readonly reason: "diverged" | "refused";
  readonly message: string;
}

export interface OpenDocumentOptions {
  readonly name: DocumentName;
  readonly keptName: string;
  readonly socket: HocuspocusProviderWebsocket;
  readonly getTicket: () => Promise<string>;
  /** Whether a failure to get a ticket is the server's last word. */
  readonly isRefusal: (error: unknown) => boolean;
  /** Something in `account`, `isLoaded`, `isKept` or `isDirty` may have changed. */
  readonly onChange: () => void;
  readonly onReload: (order: ReloadOrder) => void;
  readonly onRefused: () => void;
}

export class OpenDocument {
  readonly doc = new Y.Doc();
  readonly #options: OpenDocumentOptions;
  readonly #provider: DocumentProvider;
  readonly #checkTimer: ReturnType<typeof setInterval>;
  readonly #opened: Promise<void>;
  #kept: Kept | null = null;
  #isDirty = false;
  #changedAt = 0;
  #attempt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: OpenDocumentOptions) {
    this.#options = options;
    this.#provider = new DocumentProvider({
      name: options.name,
      document: this.doc,
      socket: options.socket,
      getTicket: options.getTicket,
      onAccount: (account) => this.#onAccount(account),
      onScope: (readOnly) => this.#kept?.noteWriting(!readOnly),
      onNoTicket: (error) => (options.isRefusal(error) ? options.onRefused() : this.#greetAgain()),
      onDenied: () => this.#greetAgain(),
      onStateless: (payload) => this.#onStateless(payload),
    });
    this.#checkTimer = setInterval(() => this.#check(), CHECK_INTERVAL_MS);
    this.#opened = this.#open();
  }

  get account(): Account {
    return this.#provider.account;
  }

  get awareness(): Awareness {
    const { awareness } = this.#provider;
    if (!awareness) throw new Error("a provider made with its defaults has awareness");
    return awareness;
  }

  /** Whether there is something to show: what this browser kept has been read. */
  get isLoaded(): boolean {
    return this.#kept !== null;
  }

  get isKept(): boolean {
    return this.#kept?.works ?? true;
  }

  /** Whether there may be edits that the server does not have. */
  get isDirty(): boolean {
    return this.#isDirty;
  }

  /** Called when everything that this page made is on the server's disk. */
  markConfirmed(): void {
    this.#isDirty = false;
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#opened;
    await this.#kept?.close();
    this.doc.destroy();
  }

  /** Removes this browser's copy; the text on the page stays. */
  async forgetCopy(): Promise<void> {
    await this.#opened;
    await this.#kept?.forget();
  }

  /** Closes, and removes this browser's copy. */
  async forget(): Promise<void> {
    this.#stop();
    await this.#opened;
    await this.#kept?.forget();
    this.doc.destroy();
  }

  #stop(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#checkTimer);
    clearTimeout(this.#retryTimer);
    this.#provider.destroy();
  }

  async #open(): Promise<void> {
    this.#kept = await keep(this.#options.keptName, this.doc);
    if (this.#isClosed) return;
    // What was kept may hold edits of an earlier visit that never arrived.
    this.#isDirty = this.doc.store.clients.size > 0;
    if (this.#kept.couldWrite) this.#provider.assumeScope(false);
    this.doc.on("update", this.#onUpdate);
    this.#options.onChange();
    this.#provider.attach();
  }

  readonly #onUpdate = (_update: Uint8Array, origin: unknown) => {
    this.#changedAt = performance.now();
    if (origin === this.#provider || this.#isDirty) return;
    this.#isDirty = true;
    this.#options.onChange();
  };

  #onAccount(account: Account): void {
    if (account.synced) this.#attempt = 0;
    if (!this.#isClosed) this.#options.onChange();
  }

  #greetAgain(): void {
    clearTimeout(this.#retryTimer);
    const delay = retryDelayMs(this.#attempt + 1, Math.random());
    this.#attempt += 1;
    this.#retryTimer = setTimeout(() => this.#provider.onOpen(new Event("open")), delay);
  }

  #onStateless(payload: string): void {
    const message = JSON.parse(payload) as { type?: unknown } & Partial<ReloadOrder>;
    if (message.type !== "reload") return;
    this.#options.onReload({
      reason: message.reason === "diverged" ? "diverged" : "refused",
      message: String(message.message ?? ""),
    });
  }

  #check(): void {
    const { synced } = this.#provider.account;
    if (!synced || performance.now() - this.#changedAt < QUIET_MS) return;
    this.#provider.sendStateless(checkMessage(this.#options.name, this.doc));
  }
}
