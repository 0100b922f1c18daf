/** Keeping a colleague's cursor in sight. Never takes the focus. */
import { EditorView } from "@codemirror/view";
import { type RefObject, useEffect, useEffectEvent } from "react";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { type Peer, peersOf, selectionIn } from "./presence";

export interface Following {
  readonly awareness: Awareness;
  /** The participant to follow, or null. */
  readonly participant: string | null;
  readonly textOf: (file: string) => Y.Text | null;
  readonly viewRef: RefObject<EditorView | null>;
  /** Shows that file; the next call finds its view open. */
  readonly onFile: (file: string) => void;
  readonly activeFile: string | null;
}

/** Moves the page wherever the participant goes. */
export function useFollow(following: Following): void {
  const { awareness, participant, activeFile } = following;
  const goNow = useEffectEvent(() => {
    if (participant !== null) goTo(following, participant);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a newly opened file is scrolled too
  useEffect(() => {
    if (participant === null) return;
    let frame = 0;
    const goSoon = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(goNow); // by then the editor shows the text that presence speaks of
    };
    // Whoever types stays at the same place in the text, and presence says nothing new.
    const text = activeFile === null ? null : following.textOf(activeFile);
    goSoon();
    awareness.on("change", goSoon);
    text?.observe(goSoon);
    return () => {
      cancelAnimationFrame(frame);
      awareness.off("change", goSoon);
      text?.unobserve(goSoon);
    };
  }, [awareness, participant, activeFile]);
}

/** Shows where the participant is; false when they have no place in the text. */
export function goTo(following: Following, participant: string): boolean {
  const peer = peerOf(following.awareness, participant);
  if (!peer?.file) return false;
  const text = following.textOf(peer.file);
  if (!text) return false;
  if (peer.file !== following.activeFile) following.onFile(peer.file);
  else scrollTo(following.viewRef.current, selectionIn(text, peer)?.head);
  return true;
}

function peerOf(awareness: Awareness, participant: string): Peer | undefined {
  return peersOf(awareness).find((peer) => peer.participant === participant && peer.file !== null);
}

function scrollTo(view: EditorView | null, head: number | undefined): void {
  if (!view || head === undefined) return;
  const position = Math.min(head, view.state.doc.length);
  view.dispatch({ effects: EditorView.scrollIntoView(position, { y: "nearest", yMargin: 96 }) });
}
