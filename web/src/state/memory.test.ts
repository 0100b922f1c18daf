import { expect, it } from "vitest";
import { createMemory } from "./memory";

function drawer() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

it("remembers across a reload, each interview for itself", () => {
  const tab = drawer();
  createMemory("one", tab).remember({ rejoin: "r", isInCall: true, camera: false });
  expect(createMemory("one", tab).recall()).toMatchObject({
    rejoin: "r",
    isInCall: true,
    camera: false,
    microphone: true,
  });
  expect(createMemory("two", tab).recall().isInCall).toBe(false);
});

it("works for the page's life where storage is forbidden or broken", () => {
  const memory = createMemory("one", null);
  memory.remember({ name: "Caro" });
  expect(memory.recall().name).toBe("Caro");
  const broken = { getItem: () => "{not json", setItem: () => {} };
  expect(createMemory("one", broken).recall().name).toBe("");
});
