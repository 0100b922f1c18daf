/** How code looks: every colour is a CSS variable of `editor.css`, so that dark and light need no second theme. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const CHROME = {
  "&": {
    height: "100%",
    color: "var(--vv-code-text)",
    backgroundColor: "var(--vv-code-surface)",
    fontSize: "var(--vv-code-size)",
  },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--vv-font-code)",
    lineHeight: "1.55",
    fontVariantLigatures: "none",
    overscrollBehavior: "contain",
  },
  ".cm-content": { padding: "8px 0", caretColor: "var(--vv-code-caret)" },
  ".cm-line": { padding: "0 16px 0 8px" },
  ".cm-cursor, .cm-dropCursor": {
    borderLeft: "2px solid var(--vv-code-caret)",
    marginLeft: "-1px",
  },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground":
    { backgroundColor: "var(--vv-code-selection)" },
  ".cm-gutters": {
    backgroundColor: "var(--vv-code-surface)",
    color: "var(--vv-code-faint)",
    border: "none",
    paddingLeft: "4px",
  },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 8px 0 8px", minWidth: "32px" },
  ".cm-activeLine": { backgroundColor: "var(--vv-code-line)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--vv-code-text)" },
  ".cm-selectionMatch": { backgroundColor: "var(--vv-code-match)" },
  ".cm-searchMatch": {
    backgroundColor: "var(--vv-code-match)",
    outline: "1px solid var(--vv-code-match-edge)",
    borderRadius: "2px",
  },
  ".cm-searchMatch-selected": { backgroundColor: "var(--vv-code-match-edge)" },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "transparent",
    outline: "1px solid var(--vv-code-faint)",
    borderRadius: "2px",
  },
  "&.cm-focused .cm-nonmatchingBracket": {
    backgroundColor: "transparent",
    textDecoration: "underline wavy var(--vv-syntax-invalid)",
  },
};

const OVERLAYS = {
  ".cm-panels": {
    backgroundColor: "var(--vv-code-raised)",
    color: "var(--vv-code-text)",
    fontFamily: "var(--vv-font)",
  },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--vv-code-edge)" },
  ".cm-panel.cm-search": { padding: "6px 32px 6px 8px", fontSize: "13px" },
  ".cm-panel.cm-search label": {
    display: "inline-flex",
    alignItems: "center",
    gap: "2px",
    fontSize: "12px",
    margin: "0 8px 0 4px",
  },
  ".cm-textfield": {
    fontSize: "13px",
    padding: "3px 6px",
    border: "1px solid var(--vv-code-edge)",
    borderRadius: "4px",
    backgroundColor: "var(--vv-code-surface)",
    color: "var(--vv-code-text)",
  },
  ".cm-button": {
    fontSize: "12px",
    padding: "3px 8px",
    border: "1px solid var(--vv-code-edge)",
    borderRadius: "4px",
    backgroundColor: "var(--vv-code-surface)",
    backgroundImage: "none",
    color: "var(--vv-code-text)",
  },
  ".cm-panel.cm-search [name=close]": {
    fontSize: "18px",
    width: "24px",
    height: "24px",
    color: "var(--vv-code-text)",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--vv-code-raised)",
    color: "var(--vv-code-text)",
    border: "1px solid var(--vv-code-edge)",
    borderRadius: "6px",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--vv-font-code)",
    fontSize: "13px",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--vv-code-selection)",
    color: "var(--vv-code-text)",
  },
  ".cm-completionDetail": { color: "var(--vv-code-faint)" },
};

const SYNTAX = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.controlKeyword, tags.self],
    color: "var(--vv-syntax-keyword)",
  },
  {
    tag: [tags.string, tags.special(tags.string), tags.character],
    color: "var(--vv-syntax-string)",
  },
  { tag: [tags.regexp, tags.escape], color: "var(--vv-syntax-escape)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--vv-syntax-number)" },
  { tag: tags.comment, color: "var(--vv-syntax-comment)", fontStyle: "italic" },
  {
    tag: [
      tags.function(tags.variableName),
      tags.function(tags.propertyName),
      tags.function(tags.definition(tags.variableName)),
      tags.macroName,
    ],
    color: "var(--vv-syntax-function)",
  },
  {
    tag: [tags.typeName, tags.className, tags.namespace, tags.standard(tags.typeName)],
    color: "var(--vv-syntax-type)",
  },
  { tag: [tags.propertyName, tags.attributeName], color: "var(--vv-syntax-property)" },
  { tag: [tags.meta, tags.annotation, tags.processingInstruction], color: "var(--vv-syntax-meta)" },
  { tag: tags.heading, color: "var(--vv-syntax-function)", fontWeight: "600" },
  { tag: tags.strong, fontWeight: "700" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.link, textDecoration: "underline" },
  { tag: [tags.monospace], color: "var(--vv-syntax-string)" },
  { tag: tags.invalid, color: "var(--vv-syntax-invalid)" },
]);

export const codeTheme: Extension = [
  EditorView.theme({ ...CHROME, ...OVERLAYS }),
  syntaxHighlighting(SYNTAX),
];
