/**
 * The shared editor: tabs, language, Run, and the open file. Gets the clients by props and keeps only what is
 * this person's alone: which file is open, where they were in it, how they like it to look.
 */
import { type Ref, useEffect, useState } from "react";
import type * as Y from "yjs";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import {
  type Collab,
  openWorkspace,
  type Saving,
  type SharedDocument,
  type Workspace,
} from "../../client/collab";
import type { Runs } from "../../client/runs";
import { Pane } from "../../ui";
import { CodeEditor } from "./CodeEditor";
import type { Place } from "./code-view";
import classes from "./EditorPane.module.css";
import { Footer } from "./Footer";
import "./editor.css";
import { download } from "./download";
import { FileTabs } from "./FileTabs";
import { highlightingOfName, indentName } from "./languages";
import { RescuedBar } from "./RescuedBar";
import { createEditorSettings, type EditorSettingsStore } from "./settings";
import { LanguagePicker, RunButton, SettingsMenu } from "./Toolbar";
import { type Editing as EditingModel, type EditorHandle, useEditing } from "./use-editing";
import { addFile, removeFile, switchLanguage } from "./workspace-actions";

export interface EditorPaneProps {
  readonly collab: Collab;
  readonly runs: Runs;
  /** The right `run_code`. */
  readonly canRun: boolean;
  /** The participant whose cursor is kept in sight. */
  readonly follow?: string | null;
  /** The person typed, clicked or scrolled themselves: stop following. */
  readonly onFollowEnd?: () => void;
  readonly ref?: Ref<EditorHandle>;
}

export function EditorPane(props: EditorPaneProps) {
  const shared = useStore(props.collab.store, (state) => state.workspace);
  const workspace = useWorkspace(shared.doc);
  return (
    <Pane label="Code">
      <RescuedBar collab={props.collab} document="workspace" />
      {workspace && (
        <Editing key={shared.doc.guid} {...props} shared={shared} workspace={workspace} />
      )}
    </Pane>
  );
}

/** A new copy of the document (after a reload that the server ordered) is a new workspace. */
function useWorkspace(doc: Y.Doc): Workspace | null {
  const [current, setCurrent] = useState<{ doc: Y.Doc; workspace: Workspace } | null>(null);
  useEffect(() => {
    const workspace = openWorkspace(doc);
    setCurrent({ doc, workspace });
    return () => workspace.destroy();
  }, [doc]);
  return current?.doc === doc ? current.workspace : null;
}

interface EditingProps extends EditorPaneProps {
  readonly shared: SharedDocument;
  readonly workspace: Workspace;
}

const START: Place = { line: 1, column: 1, selected: 0 };

function Editing(props: EditingProps) {
  const { collab, runs, canRun, shared, workspace, follow = null, ref } = props;
  const editing = useEditing({ shared, workspace, runs, canRun, follow, ref });
  const [settings] = useState(createEditorSettings);
  // A store of its own: it changes with every key, and only the line under the editor shows it.
  const [place] = useState(() => createStore<Place>(() => START));
  const languages = useStore(runs.store, (state) => state.languages);
  return (
    <>
      <Header editing={editing} runs={runs} settings={settings} />
      <Body {...props} {...{ editing, settings }} onPlace={(at) => place.setState(at)} />
      <Footer
        {...{ collab, place }}
        notice={editing.notice}
        onDismiss={() => editing.setNotice(null)}
        isReadOnly={shared.isReadOnly}
        language={languages.find(({ id }) => id === editing.language)}
        indent={indentName(highlightingOf(editing))}
      />
    </>
  );
}

interface HeaderProps {
  readonly editing: EditingModel;
  readonly runs: Runs;
  readonly settings: EditorSettingsStore;
}

function Header({ editing, runs, settings }: HeaderProps) {
  const { workspace, shared, active, files, entry, peers, open, setNotice } = editing;
  const { isReadOnly } = shared;
  const languages = useStore(runs.store, (state) => state.languages);
  const activeId = active?.id ?? null;
  const add = () => {
    const id = addFile(workspace, activeId, languages);
    open(id);
    return id;
  };
  return (
    <header className={classes.bar}>
      <FileTabs
        {...{ files, entry, peers, isReadOnly, active: activeId }}
        onOpen={open}
        onAdd={add}
        onRename={workspace.rename}
        onRemove={(id) => setNotice(removeFile(workspace, id))}
        onEntry={workspace.setEntry}
        onDownload={(id) => download(workspace, id)}
      />
      <LanguagePicker
        languages={languages}
        chosen={editing.language}
        isDisabled={isReadOnly || languages.length === 0}
        onChoose={(next) => setNotice(switchLanguage(workspace, activeId, next, languages))}
      />
      {editing.canRun && (
        <RunButton
          isRunning={editing.running}
          obstacle={editing.obstacle}
          onRun={editing.run}
          onStop={editing.stop}
        />
      )}
      <SettingsMenu settings={settings} />
    </header>
  );
}

interface BodyProps extends EditingProps {
  readonly editing: EditingModel;
  readonly settings: EditorSettingsStore;
  readonly onPlace: (place: Place) => void;
}

function Body({ collab, editing, settings, shared, workspace, onFollowEnd, onPlace }: BodyProps) {
  const preferences = useStore(settings);
  const { active, undo, setNotice } = editing;
  const text = active && workspace.textOf(active.id);
  if (!active || !text || !undo) return <Waiting isSynced={shared.isSynced} />;
  return (
    <div className={classes.body}>
      <CodeEditor
        file={active.id}
        text={text}
        undo={undo}
        awareness={shared.awareness}
        language={highlightingOf(editing)}
        isReadOnly={shared.isReadOnly}
        settings={preferences}
        visits={editing.visits}
        viewRef={editing.viewRef}
        onRun={editing.run}
        onSave={() => setNotice({ text: SAVE_ANSWERS[collab.store.getState().saving] })}
        onPlace={onPlace}
        onTooLong={() => setNotice({ text: "A file ends at 85,000 characters. Use a second one." })}
        onTouch={() => onFollowEnd?.()}
      />
    </div>
  );
}

/** What Ctrl+S answers: the truth, and that there is nothing to do. */
const SAVE_ANSWERS: Readonly<Record<Saving, string>> = {
  saved: "Already saved: every change is, as you type.",
  saving: "It is being saved: every change is, as you type.",
  connecting: "Still connecting. Every change is saved as soon as we are.",
  offline: "You are offline. This device keeps every change and sends it when you are back.",
  unsafe: "You are offline, and this browser keeps no copy. Leave this page open.",
  refused: "The server did not take the last change. Copy what you need before you leave.",
};

/** A file is highlighted by its name; the one that Run starts may have an unusual name. */
function highlightingOf({ active, entry, language }: EditingModel): string | null {
  if (!active) return null;
  return highlightingOfName(active.name) ?? (active.id === entry ? language : null);
}

function Waiting({ isSynced }: { readonly isSynced: boolean }) {
  if (isSynced)
    return <p className={classes.empty}>No file is left. Add one with the plus above.</p>;
  return (
    <div className={classes.skeleton} role="presentation">
      {[42, 64, 30, 0, 55, 48, 20].map((width, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change
        <i key={line} style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
