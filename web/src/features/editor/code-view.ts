/**
 * One file in a CodeMirror view bound to its shared text. Composed by hand: `basicSetup` brings CodeMirror's
 * own history, which would undo other people's work. Knows no React and no other file.
 */
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, type Extension, Prec } from "@codemirror/state";
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from "@codemirror/view";
import { yCollab, ySyncAnnotation, yUndoManagerKeymap } from "y-codemirror.next";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { withUnixLineEnds } from "../../client/collab";
import { remoteCarets } from "./carets";
import { codeTheme } from "./theme";

/** protocol/collab.md: a file's text stays below 256 KiB; three bytes hold any UTF-16 unit. */
export const TEXT_CHARS_MAX = Math.floor((256 << 10) / 3);

export interface CodeSettings {
  readonly language: Extension;
  readonly isReadOnly: boolean;
  readonly wrapsLines: boolean;
  readonly suggests: boolean;
}

export interface Place {
  readonly line: number;
  readonly column: number;
  readonly selected: number;
}

export interface CodeViewOptions {
  readonly parent: HTMLElement;
  readonly text: Y.Text;
  readonly file: string;
  readonly awareness: Awareness;
  readonly undo: Y.UndoManager;
  readonly label: string;
  readonly settings: CodeSettings;
  readonly onRun: () => void;
  readonly onSave: () => void;
  readonly onPlace: (place: Place) => void;
  readonly onTooLong: () => void;
}

export interface CodeView {
  readonly view: EditorView;
  configure(settings: CodeSettings): void;
}

/** The caller destroys `view`. */
export function openCodeView(options: CodeViewOptions): CodeView {
  const changing = new Compartment();
  const view = new EditorView({
    parent: options.parent,
    state: EditorState.create({
      doc: options.text.toString(),
      extensions: [...editing(options), changing.of(changingPart(options.settings))],
    }),
  });
  return {
    view,
    configure: (settings) =>
      view.dispatch({ effects: changing.reconfigure(changingPart(settings)) }),
  };
}

function editing(options: CodeViewOptions): Extension[] {
  return [
    sharedText(options),
    Prec.high(keymap.of(ownKeys(options))),
    looks(),
    typing(),
    search({ top: true }),
    EditorState.phrases.of(SEARCH_WORDS),
    keymap.of([
      ...closeBracketsKeymap,
      ...searchKeymap,
      ...yUndoManagerKeymap,
      ...completionKeymap,
      { key: "Tab", run: acceptCompletion },
      indentWithTab,
      ...defaultKeymap,
    ]),
    EditorView.contentAttributes.of({ "aria-label": options.label, tabindex: "0" }),
    EditorView.updateListener.of(({ state, selectionSet, docChanged }) => {
      if (selectionSet || docChanged) options.onPlace(placeOf(state));
    }),
  ];
}

/** The binding. Lines end in `\n` alone, whatever is pasted: a `\r` would count as one here and two there. */
function sharedText(options: CodeViewOptions): Extension {
  const { text, awareness, undo, file } = options;
  return [
    EditorState.lineSeparator.of("\n"),
    EditorView.clipboardInputFilter.of(withUnixLineEnds),
    EditorState.transactionFilter.of((transaction) => {
      const grows = transaction.docChanged && transaction.newDoc.length > TEXT_CHARS_MAX;
      const isOwn = transaction.annotation(ySyncAnnotation) === undefined;
      if (!grows || !isOwn || transaction.newDoc.length <= transaction.startState.doc.length)
        return transaction;
      queueMicrotask(options.onTooLong);
      return [];
    }),
    yCollab(text, null, { undoManager: undo }),
    remoteCarets({ awareness, text, file }),
  ];
}

function ownKeys({ onRun, onSave }: CodeViewOptions) {
  return [
    { key: "Mod-Enter", preventDefault: true, run: handled(onRun) },
    { key: "Mod-s", preventDefault: true, run: handled(onSave) },
  ];
}

const SEARCH_WORDS = {
  next: "Next",
  previous: "Previous",
  all: "Select all",
  replace: "Replace",
  "replace all": "Replace all",
  "match case": "Match case",
  regexp: "Regular expression",
  "by word": "Whole words",
  close: "Close search",
};

function handled(act: () => void): () => boolean {
  return () => {
    act();
    return true;
  };
}

function looks(): Extension {
  return [
    codeTheme,
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    highlightSelectionMatches(),
    drawSelection(),
    dropCursor(),
  ];
}

function typing(): Extension {
  return [
    EditorState.allowMultipleSelections.of(true),
    EditorState.tabSize.of(4),
    rectangularSelection(),
    crosshairCursor(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
  ];
}

function changingPart({ language, isReadOnly, wrapsLines, suggests }: CodeSettings): Extension {
  return [
    language,
    wrapsLines ? EditorView.lineWrapping : [],
    suggests && !isReadOnly ? autocompletion() : [],
    isReadOnly ? READ_ONLY : [],
  ];
}

/** Still focusable, so that it can be read and copied by keyboard; a phone shows no keyboard for it. */
const READ_ONLY: Extension = [
  EditorState.readOnly.of(true),
  EditorView.contentAttributes.of({ "aria-readonly": "true", inputmode: "none" }),
];

function placeOf(state: EditorState): Place {
  const { main } = state.selection;
  const line = state.doc.lineAt(main.head);
  return { line: line.number, column: main.head - line.from + 1, selected: main.to - main.from };
}
