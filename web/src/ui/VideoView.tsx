import { useEffect, useMemo, useRef, useState } from "react";
import classes from "./VideoView.module.css";

interface VideoViewProps {
  readonly track: MediaStreamTrack;
  readonly label: string;
  /** One's own picture is shown as in a mirror. */
  readonly isMirrored?: boolean;
  /** Whether the whole picture must be seen; faces may be cropped, screens may not. */
  readonly isWhole?: boolean;
  /** Told once the first frame is there. */
  readonly onFrame?: () => void;
}

/** A moving picture without sound. */
export function VideoView({ track, label, isMirrored, isWhole, onFrame }: VideoViewProps) {
  const element = useRef<HTMLVideoElement>(null);
  const stream = useMemo(() => new MediaStream([track]), [track]);
  const [hasFrame, setHasFrame] = useState(false);
  useEffect(() => {
    if (element.current) element.current.srcObject = stream;
  }, [stream]);
  return (
    <video
      ref={element}
      className={classes.video}
      aria-label={label}
      autoPlay
      playsInline
      muted
      data-mirrored={isMirrored || undefined}
      data-whole={isWhole || undefined}
      data-ready={hasFrame || undefined}
      onLoadedData={() => {
        setHasFrame(true);
        onFrame?.();
      }}
    />
  );
}
