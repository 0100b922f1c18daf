/** One value that people may read and watch, and that only its owner sets. Fits zustand's `useStore`. */

export interface ReadableStore<T> {
  getState(): T;
  getInitialState(): T;
  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: (state: T, previous: T) => void): () => void;
}

export interface Store<T> extends ReadableStore<T> {
  /** Does nothing when `next` is the very same value. */
  set(next: T): void;
}

export function createStore<T>(initial: T): Store<T> {
  const listeners = new Set<(state: T, previous: T) => void>();
  let state = initial;
  return {
    getState: () => state,
    getInitialState: () => initial,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    set: (next) => {
      if (Object.is(next, state)) return;
      const previous = state;
      state = next;
      for (const listener of [...listeners]) listener(next, previous);
    },
  };
}
