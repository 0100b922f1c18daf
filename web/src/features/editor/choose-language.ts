/** What choosing a language does to the open file. Pure: gives the edits, makes none. */
import type { LanguageInfo } from "../../client/runs";
import { type Change, minimalChange } from "./change";
import { extensionOf, freeName } from "./names";

export interface OpenFile {
  readonly name: string;
  readonly text: string;
}

export interface LanguageChoice {
  /** The file's new name; absent when it keeps its name. */
  readonly rename?: string;
  /** The edit that brings the language's template; absent when the text stays. */
  readonly change?: Change;
}

/** The language of a file by the end of its name. */
export function languageOfName(
  name: string,
  languages: readonly LanguageInfo[],
): LanguageInfo | undefined {
  const extension = extensionOf(name).replace(/^\./, "").toLowerCase();
  if (extension === "") return undefined;
  return languages.find((language) =>
    language.extensions.some((own) => own.replace(/^\./, "").toLowerCase() === extension),
  );
}

/** Whether nobody has written anything of their own: the file is empty or a language's greeting. */
export function isUntouched(text: string, languages: readonly LanguageInfo[]): boolean {
  const bare = text.trim();
  return bare === "" || languages.some(({ template }) => template.trim() === bare);
}

/** An untouched file becomes the new language's greeting; a file with work in it is left alone. */
export function chooseLanguage(
  chosen: LanguageInfo,
  file: OpenFile,
  others: readonly string[],
  languages: readonly LanguageInfo[],
): LanguageChoice {
  if (!isUntouched(file.text, languages)) return {};
  const change = minimalChange(file.text, chosen.template);
  const wished = freeName(chosen.entry, others);
  return {
    ...(wished === file.name ? {} : { rename: wished }),
    ...(change ? { change } : {}),
  };
}
