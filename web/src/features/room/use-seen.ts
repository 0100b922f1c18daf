/** Tells the session how large a tile is, for as long as it is on the page. */
import { type RefCallback, useCallback } from "react";
import { useSession } from "./context";

/** The ref of the element that shows the picture of `mid`; null while nobody's picture arrives in it. */
export function useSeen(mid: string | null): RefCallback<HTMLElement> {
  const { sight } = useSession();
  return useCallback(
    (element: HTMLElement | null) =>
      element !== null && mid !== null ? sight.watch(element, mid) : undefined,
    [sight, mid],
  );
}
