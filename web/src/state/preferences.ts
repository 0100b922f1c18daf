/** What a person prefers on this device, in any interview: their name and devices. */
import { createStore } from "zustand/vanilla";

export interface Preferences {
  readonly name: string;
  readonly microphone: string;
  readonly camera: string;
  readonly speaker: string;
  /** Whether the background of the camera's picture is blurred. */
  readonly isBlurred: boolean;
}

const KEY = "vivavoce:preferences";
const NONE: Preferences = { name: "", microphone: "", camera: "", speaker: "", isBlurred: false };

export type PreferencesStore = ReturnType<typeof createPreferences>;

/** The preferences, kept whenever they change. */
export function createPreferences() {
  const store = createStore<Preferences>(() => ({ ...NONE, ...read() }));
  store.subscribe(write);
  return store;
}

function read(): Partial<Preferences> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>;
  } catch {
    return {};
  }
}

function write(preferences: Preferences) {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Forbidden or full: they hold for this page only.
  }
}
