/** A line of input for the running program; whatever is sent, everybody sees. */
import { Button, Tooltip } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import type { Runs } from "../../client/runs";
import classes from "./OutputPane.module.css";

export function InputLine({ runs }: { readonly runs: Runs }) {
  const [text, setText] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    runs.sendInput(`${text}\n`);
    setText("");
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
      />
      <Tooltip label="Tell the program that no more input comes (Ctrl+D in a terminal)">
        <Button size="compact-xs" variant="default" onClick={runs.endInput}>
          End of input
        </Button>
      </Tooltip>
    </form>
  );
}
