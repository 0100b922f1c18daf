/** How a person likes their editor, on this device. */
import { createStore } from "zustand/vanilla";

export interface EditorSettings {
  readonly fontSizePx: number;
  readonly wrapsLines: boolean;
  readonly suggests: boolean;
}

export const FONT_SIZE_MIN_PX = 10;
export const FONT_SIZE_MAX_PX = 24;
const KEY = "vivavoce:editor";
const USUAL: EditorSettings = { fontSizePx: 14, wrapsLines: false, suggests: true };

export type EditorSettingsStore = ReturnType<typeof createEditorSettings>;

/** The settings, kept whenever they change. */
export function createEditorSettings() {
  const store = createStore<EditorSettings>(() => ({ ...USUAL, ...read() }));
  store.subscribe(write);
  return store;
}

/** The size after one step up or down, within the bounds. */
export function steppedFontSize(sizePx: number, step: 1 | -1): number {
  return Math.min(FONT_SIZE_MAX_PX, Math.max(FONT_SIZE_MIN_PX, sizePx + step));
}

function read(): Partial<EditorSettings> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<EditorSettings>;
  } catch {
    return {};
  }
}

function write(settings: EditorSettings): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(settings));
  } catch {
    // Forbidden or full: they hold for this page only.
  }
}
