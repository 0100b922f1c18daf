/** Whether a person's work is safe, in two words. Says only what the collab client derived from facts. */
import { Tooltip } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCheck,
  IconCloudOff,
  IconDots,
  type TablerIcon,
} from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import type { Collab, Saving } from "../../client/collab";
import classes from "./SaveStatus.module.css";

interface Words {
  readonly text: string;
  readonly more: string;
  readonly tone: "calm" | "good" | "warn";
  readonly icon: TablerIcon;
}

const WORDS: Readonly<Record<Saving, Words>> = {
  saved: {
    text: "Saved",
    more: "The server has every change.",
    tone: "good",
    icon: IconCheck,
  },
  saving: {
    text: "Saving…",
    more: "Waiting for the server to confirm the last change.",
    tone: "calm",
    icon: IconDots,
  },
  connecting: {
    text: "Connecting…",
    more: "Fetching the code from the server.",
    tone: "calm",
    icon: IconDots,
  },
  offline: {
    text: "Offline: kept on this device",
    more: "Go on working. Your changes are sent when the connection is back.",
    tone: "warn",
    icon: IconCloudOff,
  },
  unsafe: {
    text: "Offline: keep this page open",
    more: "This browser does not let us keep a copy. Your changes are sent when the connection is back.",
    tone: "warn",
    icon: IconAlertTriangle,
  },
  refused: {
    text: "Not saved",
    more: "The server did not take the last change. Copy what you need before you leave.",
    tone: "warn",
    icon: IconAlertTriangle,
  },
};

/** "Saved" waits for a short quiet, so that typing does not make it blink; bad news never waits. */
const QUIET_MS = 400;

export function SaveStatus({ collab }: { readonly collab: Collab }) {
  const saving = useCalm(useStore(collab.store, (state) => state.saving));
  const { text, more, tone, icon: Icon } = WORDS[saving];
  return (
    <Tooltip label={more} openDelay={300} multiline maw={260}>
      <span role="status" aria-label={text} className={classes.status} data-tone={tone}>
        <Icon size={16} stroke={1.75} aria-hidden />
        <span className={classes.text}>{text}</span>
      </span>
    </Tooltip>
  );
}

function useCalm(saving: Saving): Saving {
  const [shown, setShown] = useState(saving);
  useEffect(() => {
    if (saving !== "saved") return setShown(saving);
    const timer = setTimeout(() => setShown("saved"), QUIET_MS);
    return () => clearTimeout(timer);
  }, [saving]);
  return shown;
}
