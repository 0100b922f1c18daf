import { describe, expect, it } from "vitest";
import * as Y from "yjs";
import { openWorkspace } from "../../client/collab";
import type { LanguageInfo } from "../../client/runs";
import { addFile, programOf, removeFile, switchLanguage } from "./workspace-actions";

const python = info("python", "py", "print(1)\n");
const go = info("go", "go", "package main\n");
const languages = [python, go];

function info(id: string, extension: string, template: string): LanguageInfo {
  const label = id === "go" ? "Go" : "Python";
  const entry = `main.${extension}`;
  return {
    ...{ id, label, entry, template, extensions: [extension] },
    ...{ version: null, available: true, install: null },
  };
}

function opened(text = python.template) {
  const doc = new Y.Doc();
  const file = new Y.Map<unknown>();
  file.set("name", "main.py");
  file.set("order", 0);
  file.set("text", new Y.Text(text));
  doc.getMap("files").set("main", file);
  doc.getMap("settings").set("language", "python");
  doc.getMap("settings").set("entry", "main");
  return openWorkspace(doc);
}

const names = (workspace: ReturnType<typeof opened>) =>
  workspace.store.getState().files.map(({ name }) => name);

describe("what a person does to the files", () => {
  it("adds a file of the language's kind behind the open one", () => {
    const workspace = opened();
    workspace.add({ name: "last.py", text: "" });
    addFile(workspace, "main", languages);
    expect(names(workspace)).toEqual(["main.py", "file.py", "last.py"]);
  });

  it("removes a file, and brings it back with its text, its place and its part in Run", () => {
    const workspace = opened("x = 1\n");
    workspace.add({ name: "util.py", text: "" });
    const notice = removeFile(workspace, "main");
    expect(names(workspace)).toEqual(["util.py"]);
    expect(programOf(workspace, null)?.entry).toBe("util.py");
    notice?.action?.run();
    expect(workspace.sources()).toContainEqual({ name: "main.py", text: "x = 1\n" });
    expect(programOf(workspace, null)?.entry).toBe("main.py");
  });

  it("turns an untouched file into the other language's greeting, keeping the cursors of others", () => {
    const workspace = opened();
    const text = workspace.textOf("main");
    expect(switchLanguage(workspace, "main", go, languages)).toBeNull();
    expect(text?.toString()).toBe(go.template);
    expect(names(workspace)).toEqual(["main.go"]);
    expect(programOf(workspace, "main")).toMatchObject({ language: "go", entry: "main.go" });
  });

  it("offers a fitting name when there is work in the file", () => {
    const workspace = opened("x = 1\n");
    const notice = switchLanguage(workspace, "main", go, languages);
    expect(names(workspace)).toEqual(["main.py"]);
    expect(notice?.text).toContain("keeps your code");
    notice?.action?.run();
    expect(names(workspace)).toEqual(["main.go"]);
    expect(workspace.textOf("main")?.toString()).toBe("x = 1\n");
  });

  it("runs all files, started at the chosen one", () => {
    const workspace = opened();
    const util = workspace.add({ name: "util.py", text: "u" });
    workspace.setEntry(util);
    expect(programOf(workspace, "main")).toEqual({
      language: "python",
      entry: "util.py",
      files: [
        { name: "main.py", text: python.template },
        { name: "util.py", text: "u" },
      ],
    });
  });
});
