import { expect, it } from "vitest";
import type { Entry } from "./entries";
import { BATCH_ENTRIES_MAX, ENTRIES_KEPT_MAX, Notebook } from "./notebook";

const STATE: Entry = { kind: "state", of: "call", state: "connected" };

function filled(count: number): Notebook {
  const notebook = new Notebook();
  for (let at = 0; at < count; at++) notebook.note(STATE, at);
  return notebook;
}

it("numbers entries and says how long ago each was", () => {
  expect(filled(2).batch(10)).toEqual([
    { seq: 1, ago_ms: 10, ...STATE },
    { seq: 2, ago_ms: 9, ...STATE },
  ]);
});

it("gives the same batch until it is acknowledged, then what is left", () => {
  const notebook = filled(3);
  expect(notebook.batch(3)).toEqual(notebook.batch(3));
  notebook.acknowledge(2);
  expect(notebook.batch(3).map(({ seq }) => seq)).toEqual([3]);
  notebook.acknowledge(3);
  expect(notebook.isEmpty).toBe(true);
});

it("gives no more at once than the server takes", () => {
  expect(filled(BATCH_ENTRIES_MAX + 5).batch(0)).toHaveLength(BATCH_ENTRIES_MAX);
});

it("is bounded: the oldest give way to a word of how many they were, with the numbers in order", () => {
  const notebook = filled(ENTRIES_KEPT_MAX + 7);
  const [gap, next] = notebook.batch(0);
  expect(gap).toMatchObject({ kind: "gap", count: 8, seq: 8 });
  expect(next).toMatchObject({ ...STATE, seq: 9 });
});

it("is not confused by a clock that goes back", () => {
  const notebook = new Notebook();
  notebook.note(STATE, 5_000);
  expect(notebook.batch(1_000)[0]?.ago_ms).toBe(0);
});
