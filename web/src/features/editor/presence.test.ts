import { describe, expect, it } from "vitest";
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import { inkOn } from "./caret-markers";
import { cursorOf, peersOf, selectionIn } from "./presence";

/** Two pages with the same text; `tell` carries the first one's presence to the second. */
function pair(content: string) {
  const [ours, theirs] = [new Y.Doc(), new Y.Doc()];
  ours.getText("text").insert(0, content);
  const sync = () => {
    Y.applyUpdate(theirs, Y.encodeStateAsUpdate(ours));
    Y.applyUpdate(ours, Y.encodeStateAsUpdate(theirs));
  };
  sync();
  const [a, b] = [new Awareness(ours), new Awareness(theirs)];
  const tell = (state: Record<string, unknown>) => {
    a.setLocalState(state);
    applyAwarenessUpdate(b, encodeAwarenessUpdate(a, [a.clientID]), "test");
  };
  const close = () => {
    a.destroy();
    b.destroy();
  };
  return { mine: ours.getText("text"), yours: theirs.getText("text"), b, sync, tell, close };
}

describe("presence", () => {
  it("finds a colleague's selection, and follows it when text comes before it", () => {
    const { mine, yours, b, sync, tell, close } = pair("hello world");
    tell({
      user: { id: "par_1", name: "Ines", color: "#7c3aed", role: "interviewer" },
      cursor: cursorOf(mine, "main", 6, 11),
    });
    const find = () => peersOf(b).map((peer) => selectionIn(yours, peer));
    expect(find()).toMatchObject([{ anchor: 6, head: 11, peer: { name: "Ines", file: "main" } }]);
    yours.insert(0, "oh ");
    sync();
    expect(find()).toMatchObject([{ anchor: 9, head: 14 }]);
    close();
  });

  it("shows nobody in a text that they are not in", () => {
    const { mine, b, tell, close } = pair("hello");
    tell({ cursor: cursorOf(mine, "main", 1, 1) });
    expect(peersOf(b).map((peer) => selectionIn(new Y.Doc().getText("x"), peer))).toEqual([null]);
    close();
  });

  it.each([
    { cursor: "nonsense" },
    { cursor: { file: 7, anchor: { item: "x" }, head: [] } },
    { user: 5, cursor: { file: "main", anchor: null, head: {} } },
    { user: { color: "url(https://example.org)" }, cursor: null },
  ])("survives whatever a page may send: %j", (state) => {
    const { yours, b, tell, close } = pair("hello");
    tell(state);
    const [peer] = peersOf(b);
    expect(peer?.color).toMatch(/^#[0-9a-f]{6}$/i);
    expect(peer && selectionIn(yours, peer)).toBeNull();
    close();
  });

  it("writes names so that they can be read on any colour", () => {
    expect(inkOn("#ffffff")).toBe("#000000");
    expect(inkOn("#1e3a8a")).toBe("#ffffff");
  });
});
