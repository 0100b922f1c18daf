/**
 * The log of this page: kept in memory, sent in batches, at last when the page goes away. It knows neither the
 * call nor the server, only a function that sends. What cannot be sent waits, up to a limit, for the next turn.
 */

import type { PeerLook } from "../media";
import type { Batch, Entry } from "./entries";
import { Notebook } from "./notebook";
import { type Receiving, type Snapshot, sampleBetween, snapshotOf } from "./sample";

export const SAMPLE_INTERVAL_MS = 5_000;
const SEND_INTERVAL_MS = 20_000;
/** Looks come by a timer of their own, which is never quite on time. */
const SAMPLE_SLACK_MS = 500;
const NAME_LENGTH_MAX = 64;

export interface ClientLogOptions {
  /** Rejects if the server did not take it. A page that is leaving has no time but to send. */
  readonly send: (batch: Batch, isLeaving: boolean) => Promise<void>;
  /** Whether this failure is the server's last word: then nothing is noted any more. */
  readonly isRefusal: (error: unknown) => boolean;
  readonly now?: () => number;
}

export class ClientLog {
  readonly #options: ClientLogOptions;
  readonly #now: () => number;
  readonly #page = crypto.randomUUID();
  readonly #notebook = new Notebook();
  #last: Snapshot | null = null;
  #isSending = false;
  #isOver = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: ClientLogOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Sends from now on, and notes what fails in the page. */
  open() {
    this.#timer = setInterval(() => void this.send(), SEND_INTERVAL_MS);
    addEventListener("error", this.#failed);
    addEventListener("unhandledrejection", this.#rejected);
    addEventListener("pagehide", this.#hidden);
    document.addEventListener("visibilitychange", this.#turned);
    this.note({ kind: "state", of: "page", state: "opened" });
  }

  note(entry: Entry) {
    if (!this.#isOver) this.#notebook.note(entry, this.#now());
  }

  /** Notes a sample if it is time for one. */
  look(look: PeerLook, receiving: ReadonlyMap<string, Receiving>) {
    const before = this.#last;
    const now = this.#now();
    if (before && now - before.at < SAMPLE_INTERVAL_MS - SAMPLE_SLACK_MS) return;
    this.#last = snapshotOf(look, now);
    const sample = before && sampleBetween(before, this.#last, receiving);
    if (sample) this.note(sample);
  }

  /** There is another peer, or none for a while: its totals begin anew. */
  forgetTotals() {
    this.#last = null;
  }

  /** Sends the oldest batch, unless one is on its way. */
  async send() {
    if (this.#isSending) return;
    this.#isSending = true;
    await this.#sendBatch(false);
    this.#isSending = false;
  }

  /** Ends everything that `open` began and sends what is left; it does not wait for the answer. */
  close() {
    clearInterval(this.#timer);
    removeEventListener("error", this.#failed);
    removeEventListener("unhandledrejection", this.#rejected);
    removeEventListener("pagehide", this.#hidden);
    document.removeEventListener("visibilitychange", this.#turned);
    this.note({ kind: "state", of: "page", state: "closed" });
    void this.#sendBatch(true);
  }

  /** A batch twice is no harm: the server knows the numbers. */
  async #sendBatch(isLeaving: boolean) {
    const entries = this.#notebook.batch(this.#now());
    const newest = entries.at(-1);
    if (newest === undefined || this.#isOver) return;
    try {
      await this.#options.send({ page: this.#page, entries }, isLeaving);
      this.#notebook.acknowledge(newest.seq);
    } catch (error) {
      this.#isOver = this.#options.isRefusal(error);
    }
  }

  readonly #failed = ({ error }: ErrorEvent) => this.#noteError(error);

  readonly #rejected = ({ reason }: PromiseRejectionEvent) => this.#noteError(reason);

  #noteError(error: unknown) {
    const name = error instanceof Error ? error.name : "Error";
    const plain = name.replace(/[^A-Za-z0-9_.-]/g, "").slice(0, NAME_LENGTH_MAX);
    this.note({ kind: "error", name: /^[A-Za-z]/.test(plain) ? plain : "Error" });
  }

  readonly #hidden = () => void this.#sendBatch(true);

  readonly #turned = () =>
    this.note({ kind: "state", of: "page", state: document.hidden ? "hidden" : "visible" });
}
