/**
 * What this tab remembers of an interview across a reload: the link's secret, the way back in, the switches.
 * In sessionStorage, so another tab is another visitor; nothing here survives the tab.
 */

export interface Remembered {
  /** The secret of the link, taken out of the address bar. */
  readonly invitation?: string;
  /** Proof of having been admitted. */
  readonly rejoin?: string;
  /** Whether the person was in the call when the page went away; a reload then goes straight back. */
  readonly isInCall: boolean;
  readonly name: string;
  readonly microphone: boolean;
  readonly camera: boolean;
  /** Whether to see the others; if not, sound only. */
  readonly video: boolean;
}

type Drawer = Pick<Storage, "getItem" | "setItem">;

const EMPTY: Remembered = {
  isInCall: false,
  name: "",
  microphone: true,
  camera: true,
  video: true,
};
const KEY_PREFIX = "vivavoce:interview:";

export interface Memory {
  recall(): Remembered;
  remember(part: Partial<Remembered>): void;
}

/** The memory of one interview. A browser that forbids storage forgets, and everything else works. */
export function createMemory(interview: string, drawer: Drawer | null): Memory {
  const key = KEY_PREFIX + interview;
  let current = { ...EMPTY, ...read(drawer, key) };
  return {
    recall: () => current,
    remember: (part) => {
      current = { ...current, ...part };
      write(drawer, key, current);
    },
  };
}

/** The browser's storage of this tab, or null where it is forbidden. */
export function tabStorage(): Drawer | null {
  try {
    return globalThis.sessionStorage;
  } catch {
    return null;
  }
}

/** The browser's storage of this device; where it is forbidden, one that forgets. */
export function deviceStorage(): Drawer {
  try {
    return globalThis.localStorage;
  } catch {
    return { getItem: () => null, setItem: () => {} };
  }
}

function read(drawer: Drawer | null, key: string): Partial<Remembered> {
  try {
    return JSON.parse(drawer?.getItem(key) ?? "{}") as Partial<Remembered>;
  } catch {
    return {};
  }
}

function write(drawer: Drawer | null, key: string, value: Remembered) {
  try {
    drawer?.setItem(key, JSON.stringify(value));
  } catch {
    // Full or forbidden: a reload will ask for the name again.
  }
}
