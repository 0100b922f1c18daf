/** The open links of one interview, as its card shows them. */
import { useCallback, useEffect, useState } from "react";
import type { Invitation, Role } from "../../client/api";
import type { Interviews } from "../../state/interviews";

export interface Links {
  readonly links: readonly Invitation[];
  /** Closes the role's link and makes a new one; rejects with the server's sentence. */
  readonly replace: (role: Role) => Promise<Invitation>;
}

export function useLinks(interviews: Interviews, id: string): Links {
  const [links, setLinks] = useState<readonly Invitation[]>([]);
  const load = useCallback(
    // Without links the card still opens the room, and a reload of the page tries again.
    () => interviews.links(id).then(setLinks, () => {}),
    [interviews, id],
  );
  useEffect(() => {
    // Removing somebody from a room replaces the link they used, often in another tab.
    const look = () => document.visibilityState === "visible" && void load();
    void load();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [load]);
  const replace = useCallback(
    (role: Role) => interviews.replaceLink(id, role).finally(load),
    [interviews, id, load],
  );
  return { links, replace };
}
