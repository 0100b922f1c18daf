import { describe, expect, it } from "vitest";
import { type Account, NOTHING_YET } from "./provider";
import { type SavingFacts, savingOf } from "./saving";

const settled: Account = { ...NOTHING_YET, synced: true, live: true, readOnly: false };
const facts = (change: Partial<SavingFacts>, ...accounts: Account[]): SavingFacts => ({
  connected: true,
  final: false,
  dirty: false,
  kept: true,
  opening: false,
  accounts,
  ...change,
});

describe("what is said about a person's work", () => {
  it("is `saved` only when every document owes nothing", () => {
    expect(savingOf(facts({}, settled, settled))).toBe("saved");
    expect(savingOf(facts({}, settled, { ...settled, outstanding: 1 }))).toBe("saving");
    expect(savingOf(facts({}, settled, { ...settled, synced: false }))).toBe("saving");
    expect(savingOf(facts({}, settled, { ...settled, live: false }))).toBe("saving");
  });

  it("is `offline` without a line, even when nothing is owed", () => {
    expect(savingOf(facts({ connected: false }, settled))).toBe("offline");
  });

  it("does not promise a copy that this browser cannot keep", () => {
    expect(savingOf(facts({ connected: false, kept: false }, settled))).toBe("unsafe");
  });

  it("claims nothing while the page is opening", () => {
    expect(savingOf(facts({ connected: false, opening: true }, NOTHING_YET))).toBe("connecting");
  });

  it("counts a reader as confirmed without being asked for edits", () => {
    expect(savingOf(facts({}, { ...settled, live: false, readOnly: true }))).toBe("saved");
  });

  it("tells a refusal before anything else", () => {
    expect(savingOf(facts({}, { ...settled, refused: true }))).toBe("refused");
  });

  it("is `saved` after the end unless an edit was left behind", () => {
    const over = { connected: false, final: true };
    expect(savingOf(facts(over, NOTHING_YET))).toBe("saved");
    expect(savingOf(facts({ ...over, dirty: true }, NOTHING_YET))).toBe("refused");
  });

  it("is never `saved` about no document at all", () => {
    expect(savingOf(facts({}))).toBe("saving");
  });
});
