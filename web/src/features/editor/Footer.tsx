/** The line under the editor: where the cursor is, how this file is written, and what there is to say. */
import { CloseButton } from "@mantine/core";
import { useEffect } from "react";
import { useStore } from "zustand";
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
  readonly place: Place;
  readonly notice: EditorNotice | null;
  readonly onDismiss: () => void;
  readonly isReadOnly: boolean;
  readonly language: LanguageInfo | undefined;
  readonly indent: string;
}

export function Footer(props: FooterProps) {
  const { collab, place, notice, onDismiss, isReadOnly, language, indent } = props;
  const connection = useStore(collab.store, (state) => state.connection);
  return (
    <footer className={classes.footer}>
      <div aria-live="polite" className={classes.notice}>
        {notice && <Notice key={notice.text} notice={notice} onDismiss={onDismiss} />}
      </div>
      {!notice && isReadOnly && connection === "online" && <span>Read only</span>}
      <span className={classes.facts}>
        {place.selected > 0 && <span>{place.selected} selected</span>}
        <span>
          Ln {place.line}, Col {place.column}
        </span>
        <span title="Tab indents. Press Esc, then Tab, to leave the editor.">{indent}</span>
        {language?.version && <span>{versionOf(language)}</span>}
      </span>
    </footer>
  );
}

/** A version often carries its language's name already. */
function versionOf({ label, version }: LanguageInfo): string {
  if (!version) return label;
  return version.toLowerCase().startsWith(label.toLowerCase()) ? version : `${label} ${version}`;
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
