/** The line under the editor: where the cursor is, how this file is written, and what there is to say. */
import { CloseButton } from "@mantine/core";
import { useEffect } from "react";
import { type StoreApi, useStore } from "zustand";
import type { Collab } from "../../client/collab";
import type { LanguageInfo } from "../../client/runs";
import type { Place } from "./code-view";
import classes from "./Footer.module.css";
import type { EditorNotice } from "./workspace-actions";

/** A notice with nothing to do about it leaves by itself; one that offers something waits longer. */
const NOTICE_MS = 5_000;
const OFFER_MS = 20_000;

export interface FooterProps {
  readonly collab: Collab;
  readonly place: StoreApi<Place>;
  readonly notice: EditorNotice | null;
  readonly onDismiss: () => void;
  readonly isReadOnly: boolean;
  readonly language: LanguageInfo | undefined;
  readonly indent: string;
}

export function Footer(props: FooterProps) {
  const { collab, notice, onDismiss, isReadOnly, language, indent } = props;
  const connection = useStore(collab.store, (state) => state.connection);
  return (
    <footer className={classes.footer}>
      <div aria-live="polite" className={classes.notice}>
        {notice && <Notice key={notice.text} notice={notice} onDismiss={onDismiss} />}
      </div>
      {!notice && isReadOnly && connection === "online" && <span>Read only</span>}
      <span className={classes.facts}>
        <Where place={props.place} />
        <span title="Tab indents. Press Esc, then Tab, to leave the editor.">{indent}</span>
        {language?.version && <span>{versionOf(language)}</span>}
      </span>
    </footer>
  );
}

function Where({ place }: Pick<FooterProps, "place">) {
  const { line, column, selected } = useStore(place);
  return (
    <>
      {selected > 0 && <span>{selected} selected</span>}
      <span>
        Ln {line}, Col {column}
      </span>
    </>
  );
}

/** Tools say much beside their number: `go version go1.26.8 linux/amd64`. */
function versionOf({ label, version }: LanguageInfo): string {
  return `${label} ${/\d+(?:\.\d+)+/.exec(version ?? "")?.[0] ?? version}`;
}

interface NoticeProps {
  readonly notice: EditorNotice;
  readonly onDismiss: () => void;
}

function Notice({ notice: { text, action }, onDismiss }: NoticeProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: a notice is timed from when it appears
  useEffect(() => {
    const timer = setTimeout(onDismiss, action ? OFFER_MS : NOTICE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      <span className={classes.text}>{text}</span>
      {action && (
        <button
          type="button"
          className={classes.action}
          onClick={() => {
            action.run();
            onDismiss();
          }}
        >
          {action.label}
        </button>
      )}
      <CloseButton size="xs" aria-label="Dismiss" onClick={onDismiss} />
    </>
  );
}
