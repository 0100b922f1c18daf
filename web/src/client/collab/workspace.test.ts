import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { canonicalFiles, checkMessage } from "./check";
import { openWorkspace } from "./workspace";

function seeded(): Y.Doc {
  const doc = new Y.Doc();
  const file = new Y.Map<unknown>();
  file.set("name", "main.py");
  file.set("order", 0);
  file.set("text", new Y.Text("print(1)\n"));
  doc.getMap("files").set("main", file);
  doc.getMap("settings").set("language", "python");
  doc.getMap("settings").set("entry", "main");
  return doc;
}

const names = (doc: Y.Doc) =>
  openWorkspace(doc)
    .store.getState()
    .files.map(({ name }) => name);

describe("the workspace", () => {
  it("shows files in their order, and what Run starts", () => {
    const workspace = openWorkspace(seeded());
    workspace.add({ name: "util.py", text: "" });
    workspace.add({ name: "between.py", text: "", after: "main" });
    const { files, language, entry } = workspace.store.getState();
    expect(files.map(({ name }) => name)).toEqual(["main.py", "between.py", "util.py"]);
    expect([language, entry]).toEqual(["python", "main"]);
  });

  it("is not redrawn by typing", () => {
    const workspace = openWorkspace(seeded());
    const before = workspace.store.getState();
    workspace.textOf("main")?.insert(0, "# hello\n");
    expect(workspace.store.getState()).toBe(before);
    workspace.rename("main", "first.py");
    expect(workspace.store.getState().files[0]?.name).toBe("first.py");
  });

  it("gives all sources in the order of the tabs", () => {
    const workspace = openWorkspace(seeded());
    workspace.add({ name: "util.py", text: "x = 1" });
    expect(workspace.sources()).toEqual([
      { name: "main.py", text: "print(1)\n" },
      { name: "util.py", text: "x = 1" },
    ]);
  });

  it("comes out alike for two people who add files at once", () => {
    const [ines, caro] = [seeded(), new Y.Doc()];
    Y.applyUpdate(caro, Y.encodeStateAsUpdate(ines));
    openWorkspace(ines).add({ name: "ines.py", text: "" });
    openWorkspace(caro).add({ name: "caro.py", text: "" });
    Y.applyUpdate(caro, Y.encodeStateAsUpdate(ines));
    Y.applyUpdate(ines, Y.encodeStateAsUpdate(caro));
    expect(names(ines)).toEqual(names(caro));
    expect(names(ines)).toHaveLength(3);
  });

  it("passes over what is no file as we know it", () => {
    const doc = seeded();
    doc.getMap("files").set("odd", new Y.Map([["name", "odd.py"]]));
    expect(names(doc)).toEqual(["main.py"]);
  });

  it("stands whatever somebody writes in it", () => {
    const doc = seeded();
    const workspace = openWorkspace(doc);
    const odd = { toString: 1, valueOf: 1 };
    const file = (name: unknown, order: unknown) =>
      new Y.Map<unknown>(Object.entries({ name, order, text: new Y.Text("x") }));
    const files = doc.getMap("files");
    for (const [id, entry] of Object.entries({ a: "no file", b: 7, c: null, d: new Y.Text("x") }))
      files.set(id, entry);
    files.set("e", file(odd, odd));
    files.set("f", file(new Y.Map(), Number.NaN));
    doc.getMap("settings").set("language", odd);
    expect(workspace.store.getState().files.map(({ id }) => id)).toEqual(["e", "f", "main"]);
    expect(workspace.textOf("a")).toBeNull();
    workspace.rename("a", "a.py");
    expect(canonicalFiles("workspace", doc).map(({ id, name, text }) => id + name + text)).toEqual([
      ...["a", "b", "c", "d", "ex", "fx", "mainmain.pyprint(1)\n"],
    ]);
  });
});

describe("the divergence check", () => {
  it("hashes id, name and text of each file by ascending id", () => {
    const doc = seeded();
    expect(canonicalFiles("workspace", doc)).toEqual([
      { id: "main", name: "main.py", text: "print(1)\n" },
    ]);
    const message = JSON.parse(checkMessage("workspace", doc));
    // printf 'main\0main.py\0print(1)\n\0' | sha256sum
    expect(message.digest).toBe("dda7cd018140c675307fe7cd6b3e8ff12fe9590617b825e0beaaf9807737a024");
    expect(message.type).toBe("check");
    expect(Buffer.from(message.vector, "base64")).toEqual(Buffer.from(Y.encodeStateVector(doc)));
  });
});
