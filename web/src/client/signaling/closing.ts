/** What the server means by closing a socket (`contracts/sockets.py`). */

export type Closing =
  | "interrupted"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "replaced"
  | "ended";

const MEANINGS: Readonly<Record<number, Closing>> = {
  4401: "unauthenticated",
  4403: "forbidden",
  4404: "not_found",
  4409: "replaced",
  4410: "ended",
};

/** Anything that is not a clear refusal is an interruption, after which we try again. */
export function closingOf(code: number): Closing {
  return MEANINGS[code] ?? "interrupted";
}

/** Whether trying again can help: a ticket or token may have run out, a network comes back. */
export function isFinal(closing: Closing): boolean {
  return closing !== "interrupted" && closing !== "unauthenticated";
}
