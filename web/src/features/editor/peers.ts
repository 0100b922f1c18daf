/** Who is in the shared text, for React. */
import { useEffect, useState } from "react";
import type { Awareness } from "y-protocols/awareness";
import { type Peer, peersOf } from "./presence";

/** Everybody else, redrawn only when somebody comes, goes, moves to another file or is renamed. */
export function usePeers(awareness: Awareness): readonly Peer[] {
  const [peers, setPeers] = useState<readonly Peer[]>([]);
  useEffect(() => {
    let last = "";
    const refresh = () => {
      const now = peersOf(awareness);
      const key = JSON.stringify(now.map(({ cursor: _, ...shown }) => shown));
      if (key === last) return;
      last = key;
      setPeers(now);
    };
    refresh();
    awareness.on("change", refresh);
    return () => awareness.off("change", refresh);
  }, [awareness]);
  return peers;
}
