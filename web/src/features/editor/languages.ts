/** Highlighting and indentation of each language, loaded when a file of it is opened. */
import { indentUnit, StreamLanguage } from "@codemirror/language";
import type { Extension } from "@codemirror/state";

const FOUR = "    ";
const TWO = "  ";

interface Support {
  readonly indent: string;
  readonly load: () => Promise<Extension>;
}

const SUPPORTS: Readonly<Record<string, Support>> = {
  python: {
    indent: FOUR,
    load: async () => (await import("@codemirror/lang-python")).python(),
  },
  javascript: {
    indent: TWO,
    load: async () => (await import("@codemirror/lang-javascript")).javascript(),
  },
  typescript: {
    indent: TWO,
    load: async () =>
      (await import("@codemirror/lang-javascript")).javascript({ typescript: true }),
  },
  c: { indent: FOUR, load: async () => (await import("@codemirror/lang-cpp")).cpp() },
  cpp: { indent: FOUR, load: async () => (await import("@codemirror/lang-cpp")).cpp() },
  java: { indent: FOUR, load: async () => (await import("@codemirror/lang-java")).java() },
  go: { indent: "\t", load: async () => (await import("@codemirror/lang-go")).go() },
  rust: { indent: FOUR, load: async () => (await import("@codemirror/lang-rust")).rust() },
  ruby: {
    indent: TWO,
    load: async () =>
      StreamLanguage.define((await import("@codemirror/legacy-modes/mode/ruby")).ruby),
  },
  bash: {
    indent: TWO,
    load: async () =>
      StreamLanguage.define((await import("@codemirror/legacy-modes/mode/shell")).shell),
  },
};

const EXTENSIONS: Readonly<Record<string, string>> = {
  py: "python",
  js: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  jsx: "javascript",
  ts: "typescript",
  tsx: "typescript",
  c: "c",
  h: "c",
  cc: "cpp",
  cpp: "cpp",
  cxx: "cpp",
  hpp: "cpp",
  java: "java",
  go: "go",
  rs: "rust",
  rb: "ruby",
  sh: "bash",
  bash: "bash",
};

/** How a file is highlighted by its name alone, for files beside the entry; null for plain text. */
export function highlightingOfName(name: string): string | null {
  return EXTENSIONS[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] ?? null;
}

/** The language's extension; plain text with four spaces for an unknown one. */
export async function loadLanguage(id: string | null): Promise<Extension> {
  const support = id === null ? undefined : SUPPORTS[id];
  if (!support) return indentUnit.of(FOUR);
  return [indentUnit.of(support.indent), await support.load()];
}

/** For the status line: "4 spaces" or "tabs". */
export function indentName(id: string | null): string {
  const indent = (id === null ? undefined : SUPPORTS[id]?.indent) ?? FOUR;
  return indent === "\t" ? "Tabs" : `${indent.length} spaces`;
}
