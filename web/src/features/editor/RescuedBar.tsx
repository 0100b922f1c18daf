/** After a document had to be opened anew: says so, and hands the person the text they had. */
import { Button, CloseButton } from "@mantine/core";
import { useStore } from "zustand";
import type { Collab, Rescued } from "../../client/collab";
import { useCopy } from "../../ui";
import classes from "./RescuedBar.module.css";

export interface RescuedBarProps {
  readonly collab: Collab;
  readonly document: Rescued["document"];
}

export function RescuedBar({ collab, document }: RescuedBarProps) {
  const rescued = useStore(collab.store, (state) => state.rescued);
  const { state, copy } = useCopy();
  if (rescued?.document !== document) return null;
  return (
    <div role="alert" className={classes.bar}>
      <span>{rescued.message || "This page was loaded anew from the server's copy."}</span>
      <Button size="compact-xs" variant="default" onClick={() => copy(asText(rescued))}>
        {state === "copied" ? "Copied" : "Copy the text I had"}
      </Button>
      <CloseButton size="sm" aria-label="Dismiss" onClick={collab.dismissRescued} />
    </div>
  );
}

function asText({ files }: Rescued): string {
  if (files.length === 1) return files[0]?.text ?? "";
  return files.map(({ name, text }) => `=== ${name} ===\n${text}`).join("\n\n");
}
