/**
 * What the program says, for everybody in the room. Gets the runner's client by props; keeps only the parsed
 * lines and whether this person has scrolled away from the end.
 */
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy, IconEraser } from "@tabler/icons-react";
import { useStore } from "zustand";
import { isRunning, type Runs, type RunsState } from "../../client/runs";
import { type CopyState, Pane, useCopy } from "../../ui";
import { plainText } from "./ansi";
import { InputLine } from "./InputLine";
import classes from "./OutputPane.module.css";
import { RunStatus } from "./RunStatus";
import { Scrollback } from "./Scrollback";

export interface OutputPaneProps {
  readonly runs: Runs;
  /** The right `run_code`: who has it may also type input. */
  readonly canRun: boolean;
}

export function OutputPane({ runs, canRun }: OutputPaneProps) {
  const state = useStore(runs.store);
  const { run } = state;
  const output = run?.output ?? [];
  const isCleared = run !== null && run.clearedChars > 0 && output.length === 0;
  return (
    <Pane label="Output">
      <header className={classes.bar}>
        <RunStatus state={state} />
        <CopyAll text={() => plainText(output)} isDisabled={output.length === 0} />
        <Tooltip label="Clear on this page only">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label="Clear output"
            disabled={output.length === 0 && state.refusal === null}
            onClick={runs.clear}
          >
            <IconEraser size={16} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      </header>
      {run === null || isCleared ? (
        <Empty state={state} canRun={canRun} />
      ) : (
        <Scrollback run={`${run.id}:${run.clearedChars}`} output={output} />
      )}
      {isRunning(state) && run?.phase !== "queued" && canRun && <InputLine runs={runs} />}
    </Pane>
  );
}

interface CopyAllProps {
  /** Made only when asked for: an output can be a megabyte. */
  readonly text: () => string;
  readonly isDisabled: boolean;
}

const COPY_LABELS = {
  idle: "Copy all output",
  copied: "Copied",
  failed: "The browser did not let us copy. Select the text instead.",
} as const satisfies Readonly<Record<CopyState, string>>;

function CopyAll({ text, isDisabled }: CopyAllProps) {
  const { state, copy } = useCopy();
  return (
    <Tooltip label={COPY_LABELS[state]}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label="Copy output"
        disabled={isDisabled}
        onClick={() => copy(text())}
      >
        {state === "copied" ? <IconCheck size={16} /> : <IconCopy size={16} stroke={1.75} />}
      </ActionIcon>
    </Tooltip>
  );
}

const RUN_KEYS = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘ Enter" : "Ctrl+Enter";

function Empty({ state, canRun }: { readonly state: RunsState; readonly canRun: boolean }) {
  if (state.unavailable !== null) return <p className={classes.empty}>{state.unavailable}</p>;
  if (state.run !== null) return <p className={classes.empty}>Cleared. New output appears here.</p>;
  if (!canRun) return <p className={classes.empty}>What the others run appears here.</p>;
  return <p className={classes.empty}>Run the code with {RUN_KEYS}; everybody sees the output.</p>;
}
