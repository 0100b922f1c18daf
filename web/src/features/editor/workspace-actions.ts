/** What a person does to the files, as steps on the shared workspace. Knows no React. */
import type { Workspace } from "../../client/collab";
import type { LanguageInfo, Program } from "../../client/runs";
import { chooseLanguage, languageOfName } from "./choose-language";
import { extensionOf, freeName } from "./names";

/** Something to tell the person, perhaps with one thing to do about it. */
export interface EditorNotice {
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** Adds an empty file of the language's kind behind `after`, and returns its id. */
export function addFile(
  workspace: Workspace,
  after: string | null,
  languages: readonly LanguageInfo[],
): string {
  const { files, language } = workspace.store.getState();
  const known = languages.find(({ id }) => id === language);
  const extension = known ? extensionOf(known.entry) : ".txt";
  const name = freeName(
    `file${extension}`,
    files.map((file) => file.name),
  );
  return workspace.add({ name, text: "", ...(after === null ? {} : { after }) });
}

/** Removes a file, and offers to bring it back. */
export function removeFile(workspace: Workspace, id: string): EditorNotice | null {
  const { files, entry } = workspace.store.getState();
  const at = files.findIndex((file) => file.id === id);
  const file = files[at];
  if (!file) return null;
  const text = workspace.textOf(id)?.toString() ?? "";
  const before = files[at - 1]?.id;
  const heir = files[at + 1] ?? files[at - 1];
  if (entry === id && heir) workspace.setEntry(heir.id);
  workspace.remove(id);
  const restore = () => {
    const restored = workspace.add({ name: file.name, text, ...(before ? { after: before } : {}) });
    if (entry === id) workspace.setEntry(restored);
  };
  return {
    text: `${file.name} is deleted for everybody.`,
    action: { label: "Undo", run: restore },
  };
}

/** Makes `language` the one that Run uses, and the open file its greeting if nobody has written in it. */
export function switchLanguage(
  workspace: Workspace,
  fileId: string | null,
  language: LanguageInfo,
  languages: readonly LanguageInfo[],
): EditorNotice | null {
  workspace.setLanguage(language.id);
  const { files } = workspace.store.getState();
  const file = files.find(({ id }) => id === fileId);
  const text = fileId === null ? null : workspace.textOf(fileId);
  if (!file || !text) return null;
  const others = files.flatMap(({ id, name }) => (id === file.id ? [] : [name]));
  const opened = { name: file.name, text: text.toString() };
  const { rename, change } = chooseLanguage(language, opened, others, languages);
  if (rename !== undefined) workspace.rename(file.id, rename);
  if (change)
    text.doc?.transact(() => {
      text.delete(change.from, change.to - change.from);
      text.insert(change.from, change.insert);
    });
  const name = rename ?? file.name;
  if (languageOfName(name, languages)?.id === language.id) workspace.setEntry(file.id);
  return name === file.name ? mismatch(workspace, file.id, name, language) : null;
}

/** A file with work in it keeps its name; the name may not be one that the language's tools accept. */
function mismatch(
  workspace: Workspace,
  id: string,
  name: string,
  language: LanguageInfo,
): EditorNotice | null {
  if (languageOfName(name, [language])) return null;
  const { files } = workspace.store.getState();
  const ending = extensionOf(language.entry);
  const stem = name.slice(0, name.length - extensionOf(name).length);
  const proposal = freeName(
    stem + ending,
    files.map((file) => file.name),
  );
  const rename = () => {
    workspace.rename(id, proposal);
    workspace.setEntry(id);
  };
  return {
    text: `${name} keeps your code. ${language.label} looks for names that end in ${ending}.`,
    action: { label: `Rename to ${proposal}`, run: rename },
  };
}

/** What Run sends: all files, started at the entry or else at the open file. */
export function programOf(workspace: Workspace, active: string | null): Program | null {
  const { files, language, entry } = workspace.store.getState();
  const start =
    files.find(({ id }) => id === entry) ?? files.find(({ id }) => id === active) ?? files[0];
  if (!start || language === null) return null;
  return { language, entry: start.name, files: workspace.sources() };
}
