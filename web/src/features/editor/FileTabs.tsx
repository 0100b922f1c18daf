/** The workspace's files as tabs: open, add, rename, remove, choose which one Run starts. */
import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import {
  IconDots,
  IconDownload,
  IconPencil,
  IconPlayerPlay,
  IconPlus,
  IconTrash,
} from "@tabler/icons-react";
import { type KeyboardEvent, useRef, useState } from "react";
import type { FileHead } from "../../client/collab";
import classes from "./FileTabs.module.css";
import { FILES_MAX, nameProblem } from "./names";
import type { Peer } from "./presence";

export interface FileTabsProps {
  readonly files: readonly FileHead[];
  readonly active: string | null;
  /** The file that Run starts. */
  readonly entry: string | null;
  readonly peers: readonly Peer[];
  readonly isReadOnly: boolean;
  readonly onOpen: (id: string) => void;
  readonly onAdd: () => string;
  readonly onRename: (id: string, name: string) => void;
  readonly onRemove: (id: string) => void;
  readonly onEntry: (id: string) => void;
  readonly onDownload: (id: string) => void;
}

export function FileTabs(props: FileTabsProps) {
  const { files, active, isReadOnly, onOpen, onAdd } = props;
  const [renaming, setRenaming] = useState<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const next = neighbour(files, active, event.key);
    if (!next || renaming !== null) return;
    event.preventDefault();
    onOpen(next.id);
    list.current?.querySelector<HTMLElement>(`[data-file="${CSS.escape(next.id)}"]`)?.focus();
  };
  return (
    <div className={classes.bar}>
      <div ref={list} role="tablist" aria-label="Files" className={classes.tabs} onKeyDown={move}>
        {files.map((file) => (
          <Tab
            key={file.id}
            {...props}
            file={file}
            isRenaming={renaming === file.id}
            onStartRename={() => !isReadOnly && setRenaming(file.id)}
            onEndRename={() => {
              setRenaming(null);
              requestAnimationFrame(() => focusIfLost(list.current, file.id));
            }}
          />
        ))}
      </div>
      {!isReadOnly && <AddButton count={files.length} onAdd={() => setRenaming(onAdd())} />}
      {active !== null && (
        <FileMenu {...props} active={active} onStartRename={() => setRenaming(active)} />
      )}
    </div>
  );
}

/** A name that was typed gives the focus back to its tab, unless the person has gone elsewhere. */
function focusIfLost(list: HTMLElement | null, id: string): void {
  if (document.activeElement !== document.body) return;
  list?.querySelector<HTMLElement>(`[data-file="${CSS.escape(id)}"]`)?.focus();
}

/** The tab that an arrow, Home or End leads to. */
function neighbour(files: readonly FileHead[], active: string | null, key: string) {
  const at = files.findIndex(({ id }) => id === active);
  if (key === "ArrowRight") return files[(at + 1) % files.length];
  if (key === "ArrowLeft") return files.at(at - 1);
  if (key === "Home") return files[0];
  return key === "End" ? files.at(-1) : undefined;
}

interface TabProps extends FileTabsProps {
  readonly file: FileHead;
  readonly isRenaming: boolean;
  readonly onStartRename: () => void;
  readonly onEndRename: () => void;
}

function Tab({ file, isRenaming, onStartRename, onEndRename, ...tabs }: TabProps) {
  const { files, active, entry, peers, onOpen, onRename } = tabs;
  const here = peers.filter((peer) => peer.file === file.id && file.id !== active);
  const isActive = file.id === active;
  if (isRenaming)
    return (
      <NameField
        name={file.name}
        others={files.flatMap(({ id, name }) => (id === file.id ? [] : [name]))}
        onDone={(name) => {
          if (name !== null) onRename(file.id, name);
          onEndRename();
        }}
      />
    );
  return (
    <button
      type="button"
      role="tab"
      data-file={file.id}
      aria-selected={isActive}
      tabIndex={isActive ? 0 : -1}
      className={classes.tab}
      title={file.name}
      onClick={() => onOpen(file.id)}
      onDoubleClick={onStartRename}
      onKeyDown={(event) => event.key === "F2" && onStartRename()}
    >
      {file.id === entry && files.length > 1 && (
        <IconPlayerPlay size={12} aria-label="Run starts here:" className={classes.entry} />
      )}
      <span className={classes.name}>{file.name}</span>
      {here.map(({ client, name, color }) => (
        <i key={client} className={classes.peer} style={{ background: color }} title={name} />
      ))}
    </button>
  );
}

interface NameFieldProps {
  readonly name: string;
  readonly others: readonly string[];
  /** `null` when the person gave it up. */
  readonly onDone: (name: string | null) => void;
}

function NameField({ name, others, onDone }: NameFieldProps) {
  const [value, setValue] = useState(name);
  const problem = nameProblem(value.trim(), others);
  const isDone = useRef(false);
  const finish = (result: string | null) => {
    if (isDone.current) return;
    isDone.current = true;
    onDone(result === name ? null : result);
  };
  const onKey = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") finish(null);
    if (event.key === "Enter" && problem === null) finish(value.trim());
  };
  return (
    <Tooltip label={problem} opened={problem !== null} position="bottom-start" color="red.8">
      <input
        // biome-ignore lint/a11y/noAutofocus: the person has just asked to type a name here
        autoFocus
        aria-label="File name"
        aria-invalid={problem !== null}
        className={classes.field}
        size={Math.max(8, value.length + 1)}
        value={value}
        onFocus={(event) => selectStem(event.currentTarget)}
        onChange={(event) => setValue(event.currentTarget.value)}
        onKeyDown={onKey}
        onBlur={() => finish(problem === null ? value.trim() : null)}
      />
    </Tooltip>
  );
}

/** Typing replaces the name and keeps the extension. */
function selectStem(field: HTMLInputElement): void {
  const dot = field.value.lastIndexOf(".");
  field.setSelectionRange(0, dot > 0 ? dot : field.value.length);
}

function AddButton({ count, onAdd }: { readonly count: number; readonly onAdd: () => void }) {
  const isFull = count >= FILES_MAX;
  const label = isFull ? `${FILES_MAX} files are the most that run together` : "Add a file";
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Add a file"
        aria-disabled={isFull}
        onClick={() => !isFull && onAdd()}
      >
        <IconPlus size={16} stroke={1.75} />
      </ActionIcon>
    </Tooltip>
  );
}

interface FileMenuProps extends FileTabsProps {
  readonly active: string;
  readonly onStartRename: () => void;
}

function FileMenu(props: FileMenuProps) {
  const { files, active, isReadOnly, onDownload } = props;
  const name = files.find(({ id }) => id === active)?.name ?? "";
  return (
    <Menu position="bottom-start" returnFocus={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`More about ${name}`}>
          <IconDots size={16} stroke={1.75} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => onDownload(active)}>
          Download
        </Menu.Item>
        {!isReadOnly && <Changes {...props} />}
      </Menu.Dropdown>
    </Menu>
  );
}

function Changes({ files, active, entry, onEntry, onRemove, onStartRename }: FileMenuProps) {
  return (
    <>
      <Menu.Item
        leftSection={<IconPencil size={16} />}
        rightSection={<kbd className={classes.key}>F2</kbd>}
        onClick={onStartRename}
      >
        Rename
      </Menu.Item>
      <Menu.Item
        leftSection={<IconPlayerPlay size={16} />}
        disabled={entry === active}
        onClick={() => onEntry(active)}
      >
        {entry === active ? "Run starts here" : "Let Run start here"}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconTrash size={16} />}
        color="var(--vv-bad)"
        disabled={files.length < 2}
        onClick={() => onRemove(active)}
      >
        Delete
      </Menu.Item>
    </>
  );
}
