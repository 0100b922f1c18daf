/** One file's editor in the page: opens the view when the file is shown, and keeps it in step with the settings. */
import type { Extension } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { type RefObject, useEffect, useEffectEvent, useRef, useState } from "react";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import classes from "./CodeEditor.module.css";
import { type CodeView, openCodeView, type Place } from "./code-view";
import { loadLanguage } from "./languages";
import type { EditorSettings } from "./settings";

export interface CodeEditorProps {
  readonly file: string;
  readonly text: Y.Text;
  readonly awareness: Awareness;
  readonly undo: Y.UndoManager;
  /** The highlighting's language id; null for plain text. */
  readonly language: string | null;
  readonly isReadOnly: boolean;
  readonly settings: EditorSettings;
  /** Where the person was in this file when they last saw it. */
  readonly visits: Visits;
  /** The open view, for those who must scroll or focus it. */
  readonly viewRef: RefObject<EditorView | null>;
  readonly onRun: () => void;
  readonly onSave: () => void;
  readonly onPlace: (place: Place) => void;
  readonly onTooLong: () => void;
  /** The person typed, clicked or scrolled here themselves. */
  readonly onTouch: () => void;
}

/** Held for a shortcut, these alone touch nothing. */
const MODIFIERS: ReadonlySet<string> = new Set(["Alt", "Control", "Meta", "Shift"]);

/** Selection and scroll position by file. */
export type Visits = Map<string, { readonly anchor: number; readonly head: number; top: number }>;

export function CodeEditor(props: CodeEditorProps) {
  const parent = useRef<HTMLDivElement>(null);
  const view = useCodeView(props, parent);
  const language = useLanguage(props.language);
  const { isReadOnly, settings } = props;
  const { wrapsLines, suggests, fontSizePx } = settings;
  useEffect(() => {
    view?.configure({ language, isReadOnly, wrapsLines, suggests });
  }, [view, language, isReadOnly, wrapsLines, suggests]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: CodeMirror cannot see that its font has changed
  useEffect(() => view?.view.requestMeasure(), [view, fontSizePx]);
  const style = { "--vv-code-size": `${fontSizePx}px` } as React.CSSProperties;
  return (
    <div
      ref={parent}
      className={classes.editor}
      style={style}
      onKeyDownCapture={({ key }) => !MODIFIERS.has(key) && props.onTouch()}
      onPointerDownCapture={props.onTouch}
      onWheelCapture={props.onTouch}
    />
  );
}

/** Opens a view for the text and closes it again; a new file is a new view. */
function useCodeView(props: CodeEditorProps, parent: RefObject<HTMLDivElement | null>) {
  const { file, text, awareness, undo, visits, viewRef } = props;
  const [view, setView] = useState<CodeView | null>(null);
  const onRun = useEffectEvent(() => props.onRun());
  const onSave = useEffectEvent(() => props.onSave());
  const onPlace = useEffectEvent((place: Place) => props.onPlace(place));
  const onTooLong = useEffectEvent(() => props.onTooLong());
  const settings = useEffectEvent(() => ({ ...props.settings, isReadOnly: props.isReadOnly }));
  useEffect(() => {
    if (!parent.current) return;
    const opened = openCodeView({
      ...{ parent: parent.current, text, file, awareness, undo, label: "Code editor" },
      settings: { ...settings(), language: [] },
      ...{ onRun, onSave, onPlace, onTooLong },
    });
    comeBack(opened.view, visits.get(file));
    viewRef.current = opened.view;
    setView(opened);
    return () => {
      remember(visits, file, opened.view);
      viewRef.current = null;
      opened.view.destroy();
    };
  }, [file, text, awareness, undo, visits, viewRef, parent]);
  return view;
}

function comeBack(view: EditorView, visit: ReturnType<Visits["get"]>): void {
  if (!visit) return;
  const { length } = view.state.doc;
  const at = (position: number) => Math.min(position, length);
  view.dispatch({ selection: { anchor: at(visit.anchor), head: at(visit.head) } });
  view.requestMeasure({
    read: () => undefined,
    write: () => {
      view.scrollDOM.scrollTop = visit.top;
    },
  });
}

function remember(visits: Visits, file: string, view: EditorView): void {
  const { anchor, head } = view.state.selection.main;
  visits.set(file, { anchor, head, top: view.scrollDOM.scrollTop });
}

/** The language's highlighting when it has arrived; until then the last one's, so that nothing flickers. */
function useLanguage(id: string | null): Extension {
  const [extension, setExtension] = useState<Extension>([]);
  useEffect(() => {
    let isCurrent = true;
    loadLanguage(id).then(
      (loaded) => isCurrent && setExtension(loaded),
      () => undefined, // plain text is still an editor
    );
    return () => {
      isCurrent = false;
    };
  }, [id]);
  return extension;
}
