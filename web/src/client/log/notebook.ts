/** Entries that wait for the server, numbered and bounded. Pure: time comes with each call. */
import type { Entry, SentEntry } from "./entries";

/** Half an hour of samples without a server; beyond it the oldest give way. */
export const ENTRIES_KEPT_MAX = 400;
/** What the server takes at once. */
export const BATCH_ENTRIES_MAX = 100;
/** The server takes nothing older. */
const AGE_MS_MAX = 24 * 3_600_000;

interface Note {
  readonly seq: number;
  readonly at: number;
  readonly entry: Entry;
}

export class Notebook {
  #seq = 0;
  #notes: readonly Note[] = [];

  note(entry: Entry, now: number) {
    this.#seq += 1;
    this.#notes = [...this.#notes, { seq: this.#seq, at: now, entry }];
    if (this.#notes.length > ENTRIES_KEPT_MAX) this.#giveUpOldest();
  }

  get isEmpty(): boolean {
    return this.#notes.length === 0;
  }

  /** The oldest entries, as they are sent; the same ones until they are acknowledged. */
  batch(now: number): readonly SentEntry[] {
    return this.#notes.slice(0, BATCH_ENTRIES_MAX).map(({ seq, at, entry }) => ({
      seq,
      ago_ms: Math.min(AGE_MS_MAX, Math.max(0, Math.round(now - at))),
      ...entry,
    }));
  }

  /** The server has all up to this number. */
  acknowledge(seq: number) {
    this.#notes = this.#notes.filter((note) => note.seq > seq);
  }

  /** Two become a gap that stands where the second was, so that the numbers stay in order. */
  #giveUpOldest() {
    const [first, second, ...rest] = this.#notes;
    if (first === undefined || second === undefined) return;
    const count = countOf(first.entry) + countOf(second.entry);
    this.#notes = [{ ...second, entry: { kind: "gap", count } }, ...rest];
  }
}

function countOf(entry: Entry): number {
  return entry.kind === "gap" ? entry.count : 1;
}
