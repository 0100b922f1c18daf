import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useStore } from "zustand";
import classes from "./Banner.module.css";
import { useRoom, useSession } from "./context";

/** A gap shorter than this is not worth a word. */
const PATIENCE_MS = 800;

interface BannerProps {
  readonly isSoundBlocked: boolean;
  readonly onAllowSound: () => void;
}

/** What is wrong with the connection, what still works, and what happens next. */
export function Banner({ isSoundBlocked, onAllowSound }: BannerProps) {
  const words = useTrouble();
  const [settled] = useDebouncedValue(words, words === null ? 0 : PATIENCE_MS);
  const shown = words === null ? null : settled;
  return (
    <div role="status" aria-label="Connection" className={classes.place}>
      {shown && <div className={classes.banner}>{shown}</div>}
      {isSoundBlocked && (
        <div className={classes.banner}>
          The browser holds back the sound until you click.
          <Button size="compact-xs" variant="default" onClick={onAllowSound}>
            Play sound
          </Button>
        </div>
      )}
    </div>
  );
}

function useTrouble(): string | null {
  const session = useSession();
  const { link, media, mediaProblem, isWelcomed, quality } = useRoom((room) => ({
    link: room.link,
    media: room.media,
    mediaProblem: room.mediaProblem,
    isWelcomed: room.isWelcomed,
    quality: room.quality.quality,
  }));
  const saving = useStore(session.collab.store, (collab) => collab.saving);
  if (!isWelcomed) return link === "reconnecting" ? "Reaching the room… We keep trying." : null;
  if (link === "reconnecting") {
    return saving === "offline"
      ? "Reconnecting… Go on writing: it is kept on this device and sent when the network is back."
      : "Reconnecting… You stay in the room and nothing is lost.";
  }
  if (mediaProblem) return `${mediaProblem} Code and chat work.`;
  if (media === "interrupted") return "Reconnecting sound and picture… Code and chat work.";
  if (quality === "weak")
    return "Your connection is weak. If sound stutters, turn off your camera.";
  return null;
}
