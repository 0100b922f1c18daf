/** Selections from a store that are made anew each time, kept while their parts are the same. */
import { useRef } from "react";
import { shallow } from "zustand/shallow";

/**
 * Makes a selector for `useStore` whose lists and plain objects are compared by their members, and all else by
 * identity: two media tracks have no members to tell them apart.
 */
export function useFlat<State, Selection>(
  select: (state: State) => Selection,
): (state: State) => Selection {
  const kept = useRef<Selection>(undefined);
  return (state) => {
    kept.current = keepSame(kept.current, select(state));
    return kept.current;
  };
}

/** `before` if `next` is a list or plain object with the same members; otherwise `next`. Pure. */
export function keepSame<T>(before: T | undefined, next: T): T {
  const isSame = isFlat(before) && isFlat(next) && shallow(before, next);
  return isSame ? (before as T) : next;
}

function isFlat(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
