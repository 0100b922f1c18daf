/** Copying with a short confirmation, for React. */
import { useEffect, useState } from "react";

const CONFIRMATION_MS = 1_500;

export type CopyState = "idle" | "copied" | "failed";

/** `copy` makes the text only when asked: an output can be a megabyte. */
export function useCopy(text: () => string): { readonly state: CopyState; copy(): void } {
  const [state, setState] = useState<CopyState>("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), CONFIRMATION_MS);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = () => {
    if (!navigator.clipboard) return setState("failed"); // no secure context, no clipboard
    navigator.clipboard.writeText(text()).then(
      () => setState("copied"),
      () => setState("failed"),
    );
  };
  return { state, copy };
}
