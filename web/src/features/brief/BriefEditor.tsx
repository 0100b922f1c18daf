/** The brief as interviewers write it: shared Markdown in a quiet editor. */
import { defaultKeymap } from "@codemirror/commands";
import { markdown } from "@codemirror/lang-markdown";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, keymap, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import { yCollab, yUndoManagerKeymap } from "y-codemirror.next";
import * as Y from "yjs";
import { withUnixLineEnds } from "../../client/collab";

const UNDO_GROUP_MS = 500;

const MARKS = HighlightStyle.define([
  { tag: tags.heading, fontWeight: "650" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  {
    tag: tags.monospace,
    fontFamily: "var(--vv-font-code)",
    fontSize: "0.92em",
    fontVariantLigatures: "none",
  },
  { tag: [tags.processingInstruction, tags.contentSeparator], color: "var(--vv-text-3)" },
]);

const LOOKS = EditorView.theme({
  "&": { height: "100%", fontSize: "14px", color: "var(--vv-text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--vv-font)", lineHeight: "22px" },
  ".cm-content": {
    padding: "12px 16px 24px",
    maxWidth: "68ch",
    caretColor: "var(--vv-accent-text)",
  },
  ".cm-line": { padding: "0" },
  ".cm-cursor": { borderLeft: "2px solid var(--vv-accent-text)" },
  ".cm-placeholder": { color: "var(--vv-text-3)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "color-mix(in srgb, var(--vv-accent) 26%, transparent)" },
});

const INVITATION =
  "Write the task here; everybody in the room reads it. # makes a heading, - a list, ``` a block of code.";

export function BriefEditor({ text }: { readonly text: Y.Text }) {
  const parent = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!parent.current) return;
    const undo = new Y.UndoManager(text, {
      captureTimeout: UNDO_GROUP_MS,
      trackedOrigins: new Set<unknown>(),
    });
    const state = EditorState.create({ doc: text.toString(), extensions: extensions(text, undo) });
    const view = new EditorView({ parent: parent.current, state });
    return () => {
      view.destroy();
      undo.destroy();
    };
  }, [text]);
  return <div ref={parent} style={{ height: "100%", minHeight: 0 }} />;
}

function extensions(text: Y.Text, undo: Y.UndoManager): Extension {
  return [
    EditorState.lineSeparator.of("\n"),
    EditorView.clipboardInputFilter.of(withUnixLineEnds),
    yCollab(text, null, { undoManager: undo }),
    markdown(),
    syntaxHighlighting(MARKS),
    LOOKS,
    EditorView.lineWrapping,
    drawSelection(),
    placeholder(INVITATION),
    keymap.of([...yUndoManagerKeymap, ...defaultKeymap]),
    EditorView.contentAttributes.of({ "aria-label": "Brief", spellcheck: "true", tabindex: "0" }),
  ];
}
