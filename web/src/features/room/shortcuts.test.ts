import { expect, it } from "vitest";
import { asksForHelp, commandOf, isApple, shortcutOf } from "./shortcuts";

const keys = (part: Partial<KeyboardEvent>) => ({
  code: "",
  key: "",
  altKey: false,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  defaultPrevented: false,
  ...part,
});

it("takes letters by their place, whatever Option makes of them", () => {
  expect(commandOf(keys({ code: "KeyM", key: "Â", altKey: true, shiftKey: true }))).toBe(
    "microphone",
  );
});

it("never acts on a single key or on other modifiers", () => {
  expect(commandOf(keys({ code: "KeyM", key: "m" }))).toBeNull();
  expect(commandOf(keys({ code: "KeyM", key: "M", shiftKey: true }))).toBeNull();
  expect(commandOf(keys({ code: "KeyM", altKey: true, shiftKey: true, ctrlKey: true }))).toBeNull();
});

it("leaves Ctrl+/ to the editor when the editor used it", () => {
  expect(asksForHelp(keys({ key: "/", ctrlKey: true }))).toBe(true);
  expect(asksForHelp(keys({ key: "/", ctrlKey: true, defaultPrevented: true }))).toBe(false);
  expect(asksForHelp(keys({ key: "/" }))).toBe(false);
});

it("writes the keys as the system does", () => {
  expect(shortcutOf("camera", false)).toBe("Alt+Shift+V");
  expect(shortcutOf("camera", true)).toBe("⌥⇧V");
  expect(shortcutOf("help", false)).toBe("Alt+Shift+/");
  expect([isApple("MacIntel"), isApple("Linux x86_64")]).toEqual([true, false]);
});
