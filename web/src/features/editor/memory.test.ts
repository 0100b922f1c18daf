import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { memoryOf } from "./memory";

describe("what a page remembers of an editor", () => {
  it("is the same when the editor comes back, and another for another document", () => {
    const [doc, other] = [new Y.Doc(), new Y.Doc()];
    memoryOf(doc).openFile = "util";
    expect(memoryOf(doc).openFile).toBe("util");
    expect(memoryOf(other).openFile).toBeNull();
  });

  it("undoes only this person's edits, even after the editor was away", () => {
    const doc = new Y.Doc();
    const text = doc.getText("text");
    const mine = {};
    memoryOf(doc).undoOf(text).addTrackedOrigin(mine);
    doc.transact(() => text.insert(0, "mine "), mine);
    doc.transact(() => text.insert(0, "theirs "), "the network");
    memoryOf(doc).undoOf(text).undo();
    expect(text.toString()).toBe("theirs ");
    memoryOf(doc).undoOf(text).undo();
    expect(text.toString()).toBe("theirs ");
  });
});
