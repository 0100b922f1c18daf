/** A line of input for the running program; whatever is sent, everybody sees. */
import { Button, Tooltip } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { type ClipboardEvent, type FormEvent, useState } from "react";
import type { Runs } from "../../client/runs";
import classes from "./OutputPane.module.css";
import { pasted } from "./typed";

export function InputLine({ runs }: { readonly runs: Runs }) {
  const [text, setText] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    runs.sendInput(`${text}\n`);
    setText("");
  };
  // A field of one line would join the lines of a paste.
  const paste = (event: ClipboardEvent<HTMLInputElement>) => {
    const { selectionStart, selectionEnd } = event.currentTarget;
    const from = selectionStart ?? text.length;
    const typed = pasted(text, from, selectionEnd ?? from, event.clipboardData.getData("text"));
    if (typed.lines === "") return;
    event.preventDefault();
    runs.sendInput(typed.lines);
    setText(typed.rest);
  };
  return (
    <form className={classes.input} onSubmit={send}>
      <IconChevronRight size={16} aria-hidden />
      <input
        aria-label="Input for the program"
        placeholder="Input for the program, sent with Enter"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onPaste={paste}
      />
      <Tooltip label="Tell the program that no more input comes (Ctrl+D in a terminal)">
        <Button size="compact-xs" variant="default" onClick={runs.endInput}>
          End of input
        </Button>
      </Tooltip>
    </form>
  );
}
