/** The divergence alarm: what this page's copy is, in a form that the server can compare (protocol/collab.md). */
import { digest } from "lib0/hash/sha256";
import * as Y from "yjs";
import { nameOf, textOf } from "./workspace";

export type DocumentName = "workspace" | "brief";

/** `{"type": "check", …}` as JSON; vector and digest are of one and the same moment. */
export function checkMessage(name: DocumentName, doc: Y.Doc): string {
  return JSON.stringify({
    type: "check",
    vector: base64(Y.encodeStateVector(doc)),
    digest: hex(digest(new TextEncoder().encode(canonicalText(name, doc)))),
  });
}

/** A text with its place: what is hashed, and what a person gets when a copy must be given up. */
export interface TextFile {
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

/** The document's texts by ascending id (UTF-16 code units). */
export function canonicalFiles(name: DocumentName, doc: Y.Doc): TextFile[] {
  if (name === "brief")
    return [{ id: "brief", name: "brief.md", text: doc.getText("text").toString() }];
  const files = doc.getMap("files");
  return [...files.keys()].sort().map((id) => {
    const entry = files.get(id);
    return { id, name: nameOf(entry), text: textOf(entry)?.toString() ?? "" };
  });
}

function canonicalText(name: DocumentName, doc: Y.Doc): string {
  const files = canonicalFiles(name, doc);
  if (name === "brief") return files[0]?.text ?? "";
  return files.map((file) => `${file.id}\u0000${file.name}\u0000${file.text}\u0000`).join("");
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
