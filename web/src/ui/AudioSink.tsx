import { useEffect, useRef } from "react";

interface AudioSinkProps {
  readonly track: MediaStreamTrack;
  /** The speaker's device id; empty for the system's default. */
  readonly speaker: string;
  /** The browser plays no sound before a click on the page. */
  readonly onBlocked: () => void;
}

/** Plays a track. Shows nothing. */
export function AudioSink({ track, speaker, onBlocked }: AudioSinkProps) {
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = element.current;
    if (!audio) return;
    audio.srcObject = new MediaStream([track]);
    audio.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") onBlocked();
    });
  }, [track, onBlocked]);
  useEffect(() => {
    const audio = element.current;
    if (audio && "setSinkId" in audio) void audio.setSinkId(speaker).catch(() => {});
  }, [speaker]);
  // biome-ignore lint/a11y/useMediaCaption: a live call has no caption file
  return <audio ref={element} autoPlay hidden />;
}
