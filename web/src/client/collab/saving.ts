/** What may be said about a person's work: derived from facts, never guessed. Pure. */
import type { Account } from "./provider";

/**
 * - `saved`: everything made on this page is on the server's disk.
 * - `saving`: connected, and something is not yet confirmed.
 * - `offline`: not connected; this device keeps everything.
 * - `unsafe`: not connected, and this browser does not let us keep anything.
 * - `refused`: the server said no to an edit of ours.
 * - `connecting`: the page has just been opened; nothing is claimed yet.
 */
export type Saving = "saved" | "saving" | "offline" | "unsafe" | "refused" | "connecting";

export interface SavingFacts {
  readonly connected: boolean;
  /** The interview is over or we may not be here: nothing will be sent any more. */
  readonly final: boolean;
  /** Whether an edit was made since all was last confirmed. */
  readonly dirty: boolean;
  /** Whether this device keeps a copy. */
  readonly kept: boolean;
  /** The page was opened a moment ago and has not been connected yet. */
  readonly opening: boolean;
  readonly accounts: readonly Account[];
}

export function savingOf(facts: SavingFacts): Saving {
  if (facts.accounts.some(({ refused }) => refused)) return "refused";
  if (facts.connected && isAllConfirmed(facts.accounts)) return "saved";
  if (facts.final) return facts.dirty ? "refused" : "saved";
  if (facts.opening) return "connecting";
  if (facts.connected) return "saving";
  return facts.kept ? "offline" : "unsafe";
}

/** Every document has been brought together with the server's and owes it nothing. */
export function isAllConfirmed(accounts: readonly Account[]): boolean {
  return accounts.length > 0 && accounts.every(isConfirmed);
}

/** Whoever may only read owes nothing, whether or not the server asks. */
export function isConfirmed({ synced, live, readOnly, outstanding }: Account): boolean {
  return synced && (live || readOnly) && outstanding === 0;
}
