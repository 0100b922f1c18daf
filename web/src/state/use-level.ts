/** A track's loudness as React state. */
import { useEffect, useState } from "react";
import { meter } from "../client/media";

/** 0 … 1; 0 without a track. */
export function useLevel(track: MediaStreamTrack | null): number {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (!track) return setLevel(0);
    return meter(track, setLevel);
  }, [track]);
  return level;
}
