/**
 * Tells the server what this person looks at, seldom and in time. Knows neither tiles nor sockets: it asks for
 * the view when something may have changed, and sends what is worth it.
 */
import type { View } from "../signaling";
import { type Change, changeBetween } from "./view";

/** A smaller picture can wait until the layout has come to rest. */
const LESS_AFTER_MS = 150;
/** Between two messages while somebody drags a pane larger: the server wants no more than a few a second. */
const MORE_INTERVAL_MS = 250;

export interface ViewReportOptions {
  /** What is looked at now. */
  readonly view: () => View;
  /** False if it cannot be sent now. */
  readonly send: (view: View) => boolean;
}

export class ViewReport {
  readonly #options: ViewReportOptions;
  /** What the server was told of the present session. */
  #told: View | null = null;
  #toldAt = Number.NEGATIVE_INFINITY;
  /** There is a session to tell of. */
  #isOpen = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ViewReportOptions) {
    this.#options = options;
  }

  /** The server has a session that it was told nothing of. */
  begin() {
    this.#isOpen = true;
    this.#told = null;
    this.look();
  }

  /** Something may have changed. */
  look() {
    clearTimeout(this.#timer);
    if (!this.#isOpen) return;
    const change = changeBetween(this.#told, this.#options.view());
    if (change === "none") return;
    const waitMs = this.#waitMs(change);
    if (waitMs === 0) this.#tell();
    else this.#timer = setTimeout(() => this.#tell(), waitMs);
  }

  close() {
    this.#isOpen = false;
    clearTimeout(this.#timer);
  }

  #waitMs(change: Exclude<Change, "none">): number {
    if (change === "less") return LESS_AFTER_MS;
    return Math.max(0, this.#toldAt + MORE_INTERVAL_MS - performance.now());
  }

  #tell() {
    const view = this.#options.view();
    if (changeBetween(this.#told, view) === "none" || !this.#options.send(view)) return;
    this.#told = view;
    this.#toldAt = performance.now();
  }
}
