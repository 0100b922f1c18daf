import { expect, it } from "vitest";
import { createView, toggleSide, unreadOf } from "./view";

it("starts with the brief open only where there is room", () => {
  expect(createView(1440).getState().isBriefOpen).toBe(true);
  expect(createView(1024).getState().isBriefOpen).toBe(false);
});

it("closes the side that is open and opens the other", () => {
  const view = createView(1440);
  toggleSide(view, "people");
  expect(view.getState().side).toBe("people");
  toggleSide(view, "people");
  expect(view.getState().side).toBeNull();
});

it("counts what others wrote since the chat was last seen", () => {
  const chat = ["me", "you", "me", "you"].map((participant) => ({ participant }));
  expect(unreadOf({ chatSeen: 0 }, chat, "me")).toBe(2);
  expect(unreadOf({ chatSeen: 2 }, chat, "me")).toBe(1);
  expect(unreadOf({ chatSeen: 4 }, chat, "me")).toBe(0);
});
