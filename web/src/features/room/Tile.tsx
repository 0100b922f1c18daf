import { IconMicrophoneOff } from "@tabler/icons-react";
import { type CSSProperties, memo } from "react";
import type { Participant } from "../../client/signaling";
import { type Picture, pictureOf } from "../../state/pictures";
import { Initials, VideoView } from "../../ui";
import { PersonBars } from "./ConnectionQuality";
import { useDevices, useRoom } from "./context";
import { NoPicture, NoPictureSign } from "./NoPicture";
import { PersonMenu } from "./PersonMenu";
import classes from "./Tile.module.css";
import { useSeen } from "./use-seen";

interface TileProps {
  readonly participant: Participant;
  readonly style?: CSSProperties;
  readonly avatarSize?: number;
  /** Has no room for many words. */
  readonly isSmall?: boolean;
  /** Lies small over the other's picture. */
  readonly isInCorner?: boolean;
}

/** One person: picture or initials, name, whether they can be heard, whether they speak. */
export const Tile = memo(function Tile(props: TileProps) {
  const { participant, style, avatarSize = 48, isInCorner = false } = props;
  const isSmall = props.isSmall ?? isInCorner;
  const { id, name, color, connected, tracks } = participant;
  const { you, isSpeaking } = useRoom((room) => ({
    you: room.you,
    isSpeaking: room.speakers.includes(id),
  }));
  const picture = useRoom((room) => pictureOf(room, id, "camera"));
  const colors = { ...style, "--person": color } as CSSProperties;
  return (
    <li
      ref={useSeen(picture.mid)}
      className={classes.tile}
      style={colors}
      data-corner={isInCorner || undefined}
      data-small={isSmall || undefined}
      data-speaking={(isSpeaking && tracks.microphone) || undefined}
    >
      <div className={classes.middle}>
        {connected && <Initials name={name} color={color} size={avatarSize} />}
        {connected && <NoPicture state={picture.state} />}
      </div>
      {id === you ? <OwnPicture /> : <OthersPicture key={id} name={name} {...picture} />}
      {!connected && <div className={classes.away}>Reconnecting…</div>}
      <div className={classes.caption}>
        {!tracks.microphone && (
          <IconMicrophoneOff size={14} stroke={2} aria-label="Microphone off" role="img" />
        )}
        <NoPictureSign state={picture.state} />
        <span className={classes.name}>{captionOf(name, id === you, isSmall)}</span>
        <PersonBars id={id} isOnPicture />
      </div>
      {id !== you && <PersonMenu participant={participant} className={classes.menu ?? ""} />}
    </li>
  );
});

function captionOf(name: string, isOwn: boolean, isSmall: boolean): string {
  if (!isOwn) return name;
  return isSmall ? "You" : `${name} (you)`;
}

function OwnPicture() {
  const track = useDevices(({ camera, isOn }) => (isOn.camera ? camera.track : null));
  if (!track) return null;
  return (
    <div className={classes.picture}>
      <VideoView track={track} label="Your camera" isMirrored />
    </div>
  );
}

/** It stays attached while it is not shown, so that it is there at once when it comes back. */
function OthersPicture({ name, track, state }: Picture & { readonly name: string }) {
  if (!track || state === "off") return null;
  return (
    <div className={classes.picture} data-hidden={state !== "shown" || undefined}>
      <VideoView track={track} label={`Camera of ${name}`} />
    </div>
  );
}
