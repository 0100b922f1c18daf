/**
 * The room's keyboard: which keys mean what. Pure.
 *
 * Alt+Shift and a letter is free in browsers and in the editor on all systems, types nothing that anybody
 * wants, and is no single key. Letters are taken by their place on the keyboard (`code`), since Option makes
 * other characters of them on a Mac.
 */

export type Command =
  | "microphone"
  | "camera"
  | "share"
  | "mode"
  | "brief"
  | "people"
  | "chat"
  | "help";

const CODES: Readonly<Record<string, Command>> = {
  KeyM: "microphone",
  KeyV: "camera",
  KeyS: "share",
  KeyE: "mode",
  KeyB: "brief",
  KeyP: "people",
  KeyC: "chat",
  Slash: "help",
};

type Keys = Pick<
  KeyboardEvent,
  "code" | "key" | "altKey" | "shiftKey" | "ctrlKey" | "metaKey" | "defaultPrevented"
>;

/** The command that these keys give anywhere, also in the editor. */
export function commandOf(keys: Keys): Command | null {
  if (!keys.altKey || !keys.shiftKey || keys.ctrlKey || keys.metaKey) return null;
  return CODES[keys.code] ?? null;
}

/** Ctrl+/ asks for help wherever nobody else uses it; in the editor it comments a line. */
export function asksForHelp(keys: Keys): boolean {
  return (keys.ctrlKey || keys.metaKey) && keys.key === "/" && !keys.defaultPrevented;
}

/** How the keys of a command are written on this system. */
export function keysOf(command: Command, isMac: boolean): readonly string[] {
  const code = Object.keys(CODES).find((key) => CODES[key] === command) ?? "";
  const letter = code === "Slash" ? "/" : code.slice("Key".length);
  return isMac ? ["⌥", "⇧", letter] : ["Alt", "Shift", letter];
}

/** The keys as one text for a tooltip. */
export function shortcutOf(command: Command, isMac: boolean): string {
  return keysOf(command, isMac).join(isMac ? "" : "+");
}

/** Whether this is an Apple keyboard. */
export function isApple(platform: string): boolean {
  return /mac|iphone|ipad/iu.test(platform);
}
