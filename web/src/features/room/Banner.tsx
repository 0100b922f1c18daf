import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useStore } from "zustand";
import { connectionOf } from "../../state/connections";
import { isAllPaused, pictureOf } from "../../state/pictures";
import classes from "./Banner.module.css";
import { useRoom, useSession } from "./context";
import { SoundOnlyBanner } from "./SoundOnly";

/** A gap shorter than this is not worth a word. */
const PATIENCE_MS = 800;
const WEAK = "Your connection is weak. If sound stutters, turn off your camera.";
const RESTS = "Your connection is too weak for your video. The others hear you.";
const ALL_PAUSED = "Your connection is weak. Video is paused so that voices stay clear.";

interface BannerProps {
  readonly isSoundBlocked: boolean;
  readonly onAllowSound: () => void;
}

/** What is wrong with the connection, what still works, and what happens next. */
export function Banner({ isSoundBlocked, onAllowSound }: BannerProps) {
  const trouble = useTrouble();
  const words = trouble?.words ?? null;
  const [settled] = useDebouncedValue(words, words === null ? 0 : PATIENCE_MS);
  const shown = words === null ? null : settled;
  return (
    <div role="status" aria-label="Connection" className={classes.place}>
      {shown && (
        <div className={classes.banner}>
          {shown}
          {trouble?.isWeak && <SoundOnly />}
        </div>
      )}
      <SoundOnlyBanner />
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

/** The quick way to spare a weak connection. */
function SoundOnly() {
  const session = useSession();
  const wantsVideo = useRoom((room) => room.wantsVideo);
  if (!wantsVideo) return null;
  return (
    <Button size="compact-xs" variant="default" onClick={() => session.wantVideo(false)}>
      Receive sound only
    </Button>
  );
}

interface Trouble {
  readonly words: string;
  /** Less video would help. */
  readonly isWeak: boolean;
}

function useTrouble(): Trouble | null {
  const line = useLineTrouble();
  const { isPaused, isUnseen, isWeak } = useRoom((room) => ({
    isPaused: isAllPaused(room),
    isUnseen: pictureOf(room, room.you, "camera").state === "withheld",
    // Over web pages there is no picture that could be spared.
    isWeak: room.voice !== "on" && connectionOf(room, room.you)?.bars === 1,
  }));
  if (line !== null) return { words: line, isWeak: false };
  if (isPaused) return { words: ALL_PAUSED, isWeak: true };
  if (isUnseen) return { words: RESTS, isWeak: true };
  return isWeak ? { words: WEAK, isWeak: true } : null;
}

/** What is cut, or has not come about. */
function useLineTrouble(): string | null {
  const session = useSession();
  const { link, media, mediaProblem, isWelcomed } = useRoom((room) => ({
    link: room.link,
    media: room.media,
    mediaProblem: room.mediaProblem,
    isWelcomed: room.isWelcomed,
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
  return null;
}
