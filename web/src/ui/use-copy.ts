/** Copying with a short confirmation, for React. */
import { useEffect, useState } from "react";

const CONFIRMATION_MS = 2_000;

export type CopyState = "idle" | "copied" | "failed";

interface Copy {
  readonly state: CopyState;
  readonly copy: (text: string) => void;
}

export function useCopy(): Copy {
  const [state, setState] = useState<CopyState>("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), CONFIRMATION_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (text: string) => {
    const settle = (isCopied: boolean) => setState(isCopied ? "copied" : "failed");
    void toClipboard(text).then(settle);
  };
  return { state, copy };
}

async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text);
  }
}

/** Without https there is no `navigator.clipboard`; the old way, which copies what is selected, still works. */
function copySelection(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "vv-visually-hidden";
  // Inside an open dialog, or the dialog takes the focus back before anything is selected.
  const place = focused?.closest("[role=dialog]") ?? document.body;
  place.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
