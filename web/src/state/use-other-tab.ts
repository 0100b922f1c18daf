/** Whether this browser is in the same interview in another tab. Tabs ask and answer each other; nothing is kept. */
import { useEffect, useState } from "react";

type Word = "anybody?" | "here";

/** Tabs in the call answer; the others ask. */
export function useOtherTab(interview: string, isInCall: boolean): boolean {
  const [isFound, setIsFound] = useState(false);
  useEffect(() => {
    const channel = new BroadcastChannel(`vivavoce:${interview}`);
    const say = (word: Word) => channel.postMessage(word);
    channel.onmessage = ({ data }: MessageEvent<Word>) => {
      if (data === "anybody?" && isInCall) say("here");
      if (data === "here") setIsFound(true);
    };
    if (!isInCall) say("anybody?");
    return () => channel.close();
  }, [interview, isInCall]);
  return isFound;
}
