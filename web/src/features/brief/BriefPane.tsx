/** The task of the interview: interviewers write it, everybody reads it. */
import { SegmentedControl } from "@mantine/core";
import { lazy, Suspense, useEffect, useState } from "react";
import type * as Y from "yjs";
import { useStore } from "zustand";
import type { Collab } from "../../client/collab";
import { Pane } from "../../ui";
import classes from "./BriefPane.module.css";
import { Rendered } from "./Rendered";

/** Only interviewers write, and Markdown's highlighting brings that of HTML, CSS and JavaScript with it. */
const BriefEditor = lazy(async () => ({ default: (await import("./BriefEditor")).BriefEditor }));

export interface BriefPaneProps {
  readonly collab: Collab;
  /** The right `write_brief`. */
  readonly canWrite: boolean;
}

type View = "write" | "read";

export function BriefPane({ collab, canWrite }: BriefPaneProps) {
  const shared = useStore(collab.store, (state) => state.brief);
  const text = shared.doc.getText("text");
  const mayWrite = canWrite && !shared.isReadOnly;
  const [view, setView] = useState<View>("write");
  const isWriting = mayWrite && view === "write";
  return (
    <Pane label="Task">
      <div className={classes.bar}>
        <h2 className={classes.title}>Brief</h2>
        {mayWrite && <span className={classes.hint}>Everybody reads it</span>}
        {mayWrite && (
          <SegmentedControl
            size="xs"
            aria-label="Brief view"
            value={view}
            onChange={(chosen) => setView(chosen as View)}
            data={[
              { value: "write", label: "Write" },
              { value: "read", label: "Read" },
            ]}
          />
        )}
      </div>
      <div className={classes.body}>
        {isWriting ? (
          <Suspense fallback={null}>
            <BriefEditor text={text} />
          </Suspense>
        ) : (
          <Reader text={text} isSynced={shared.isSynced} />
        )}
      </div>
    </Pane>
  );
}

interface ReaderProps {
  readonly text: Y.Text;
  readonly isSynced: boolean;
}

function Reader({ text, isSynced }: ReaderProps) {
  const source = useText(text);
  const wasSynced = useWasTrue(isSynced);
  if (source.trim() !== "")
    return (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
      <div className={classes.reader} tabIndex={0} role="document" aria-label="Brief">
        <Rendered source={source} />
      </div>
    );
  if (!wasSynced) return null;
  return (
    <p className={classes.empty}>
      There is no written task yet. When your interviewer writes one, it appears here.
    </p>
  );
}

/** What was known stays known while the line is cut. */
function useWasTrue(isTrue: boolean): boolean {
  const [wasTrue, setWasTrue] = useState(isTrue);
  if (isTrue && !wasTrue) setWasTrue(true);
  return wasTrue;
}

function useText(text: Y.Text): string {
  const [source, setSource] = useState(() => text.toString());
  useEffect(() => {
    const refresh = () => setSource(text.toString());
    refresh();
    text.observe(refresh);
    return () => text.unobserve(refresh);
  }, [text]);
  return source;
}
