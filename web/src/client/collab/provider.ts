/**
 * One document's conversation with the server: Hocuspocus' provider with an honest account of what is saved.
 *
 * The original queues each edit made while offline and sends them all after the next handshake, beside the
 * handshake's own answer that already holds them, and counts its acknowledgements so that it can reach
 * "nothing unsynced" too early. Here edits travel only while the line is `live`: connected, authenticated, and
 * the server has asked for what it lacks. What is made before is in the answer to that question.
 */
import { HocuspocusProvider, type HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import type * as Y from "yjs";
import { frameKind } from "./frames";

/** `WebSocket.OPEN`, also where there is no such global (Node 20). */
export const SOCKET_OPEN = 1;

export interface Account {
  /** The server's state has been received on this socket. */
  readonly synced: boolean;
  /** The server has asked for our edits on this socket: from here on each edit is sent as it is made. */
  readonly live: boolean;
  /** Frames with edits that the server has not yet confirmed. */
  readonly outstanding: number;
  /** The server said no to an edit. */
  readonly refused: boolean;
  readonly readOnly: boolean;
}

export const NOTHING_YET: Account = {
  synced: false,
  live: false,
  outstanding: 0,
  refused: false,
  readOnly: true,
};

export interface DocumentProviderOptions {
  readonly name: string;
  readonly document: Y.Doc;
  readonly socket: HocuspocusProviderWebsocket;
  /** A fresh single-use ticket. */
  readonly getTicket: () => Promise<string>;
  readonly onAccount: (account: Account) => void;
  /** The server told what this person may do with the document. */
  readonly onScope: (readOnly: boolean) => void;
  /** No ticket could be had; the caller decides when to try again. */
  readonly onNoTicket: (error: unknown) => void;
  readonly onStateless: (payload: string) => void;
  /** The server does not take our ticket, or does not know this document. */
  readonly onDenied: () => void;
}

export class DocumentProvider extends HocuspocusProvider {
  readonly #options: DocumentProviderOptions;
  #account: Account = NOTHING_YET;
  #ticket = "";
  #greeted = false;

  constructor(options: DocumentProviderOptions) {
    super({
      name: options.name,
      document: options.document,
      websocketProvider: options.socket,
      token: () => this.#ticket,
      onStateless: ({ payload }) => options.onStateless(payload),
      onAuthenticationFailed: () => options.onDenied(),
      onAuthenticated: ({ scope }) => {
        this.#note({ readOnly: scope === "readonly" });
        options.onScope(scope === "readonly");
      },
      onSynced: ({ state }) => this.#note({ synced: state }),
    });
    this.#options = options;
  }

  /** Holds until the server tells the scope; it is the server that decides what is taken. */
  assumeScope(readOnly: boolean): void {
    this.#note({ readOnly });
  }

  get account(): Account {
    return this.#account;
  }

  override async onOpen(event: Event): Promise<void> {
    const opened = this.#webSocket;
    this.#reset();
    try {
      const ticket = await this.#options.getTicket();
      if (opened !== this.#webSocket || !this.isAttached) return;
      this.#ticket = ticket;
    } catch (error) {
      if (opened === this.#webSocket && this.isAttached) this.#options.onNoTicket(error);
      return;
    }
    this.#greeted = true;
    await super.onOpen(event);
  }

  /** Nothing is queued: what a frame would have told is told anew by the next handshake. */
  override send(...frame: Parameters<HocuspocusProvider["send"]>): void {
    if (this.#greeted && this.#webSocket?.readyState === SOCKET_OPEN) super.send(...frame);
  }

  override documentUpdateHandler(update: Uint8Array, origin: unknown): void {
    if (origin === this || !this.#account.live) return;
    this.#note({ outstanding: this.#account.outstanding + 1 });
    super.documentUpdateHandler(update, origin);
  }

  override onMessage(event: MessageEvent): void {
    this.#book(event.data as ArrayBuffer);
    super.onMessage(event);
  }

  override onClose(): void {
    this.#greeted = false;
    super.onClose();
    this.#reset();
  }

  get #webSocket(): WebSocket | null {
    return this.configuration.websocketProvider.webSocket;
  }

  #book(data: ArrayBuffer): void {
    const kind = frameKind(data);
    const { outstanding } = this.#account;
    const settled = { outstanding: Math.max(0, outstanding - 1) };
    if (kind === "asks-for-edits") this.#goLive();
    else if (kind === "acknowledged") this.#note(settled);
    else if (kind === "not-applied") this.#note({ ...settled, refused: true });
  }

  /** Our own question earns one confirmation; the server's later questions, after a gap, earn none of their own. */
  #goLive(): void {
    if (!this.#account.live) this.#note({ live: true, outstanding: this.#account.outstanding + 1 });
  }

  /** A new socket owes nothing; the scope is kept so that the editor does not lock at each drop. */
  #reset(): void {
    this.#note({ ...NOTHING_YET, readOnly: this.#account.readOnly });
  }

  #note(change: Partial<Account>): void {
    this.#account = { ...this.#account, ...change };
    this.#options.onAccount(this.#account);
  }
}
