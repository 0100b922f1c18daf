import { IconMicrophoneOff } from "@tabler/icons-react";
import { type CSSProperties, memo } from "react";
import type { Participant } from "../../client/signaling";
import { trackOf } from "../../state/room";
import { Initials, VideoView } from "../../ui";
import { useDevices, useRoom } from "./context";
import { PersonMenu } from "./PersonMenu";
import classes from "./Tile.module.css";

interface TileProps {
  readonly participant: Participant;
  readonly style?: CSSProperties;
  readonly avatarSize?: number;
}

/** One person: picture or initials, name, whether they can be heard, whether they speak. */
export const Tile = memo(function Tile({ participant, style, avatarSize = 56 }: TileProps) {
  const { id, name, color, connected, tracks } = participant;
  const { you, isSpeaking } = useRoom((room) => ({
    you: room.you,
    isSpeaking: room.speakers.includes(id),
  }));
  const colors = { ...style, "--person": color } as CSSProperties;
  return (
    <li
      className={classes.tile}
      style={colors}
      data-speaking={(isSpeaking && tracks.microphone) || undefined}
    >
      <div className={classes.middle}>
        {connected && <Initials name={name} color={color} size={avatarSize} />}
      </div>
      {id === you ? <OwnPicture /> : <Picture participant={participant} />}
      {!connected && <div className={classes.away}>Reconnecting…</div>}
      <div className={classes.caption}>
        {!tracks.microphone && (
          <IconMicrophoneOff size={14} stroke={2} aria-label="Microphone off" role="img" />
        )}
        <span className={classes.name}>{id === you ? `${name} (you)` : name}</span>
      </div>
      {id !== you && <PersonMenu participant={participant} className={classes.menu ?? ""} />}
    </li>
  );
});

function OwnPicture() {
  const track = useDevices(({ camera, isOn }) => (isOn.camera ? camera.track : null));
  if (!track) return null;
  return (
    <div className={classes.picture}>
      <VideoView track={track} label="Your camera" isMirrored />
    </div>
  );
}

function Picture({ participant: { id, name, tracks } }: { readonly participant: Participant }) {
  const track = useRoom((room) => trackOf(room, id, "camera"));
  if (!track || !tracks.camera) return null;
  return (
    <div className={classes.picture}>
      <VideoView key={id} track={track} label={`Camera of ${name}`} />
    </div>
  );
}
