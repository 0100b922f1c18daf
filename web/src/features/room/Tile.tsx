import { ActionIcon, Menu } from "@mantine/core";
import {
  IconDots,
  IconMicrophoneOff,
  IconScreenShareOff,
  IconUserMinus,
  IconVideoOff,
} from "@tabler/icons-react";
import { type CSSProperties, memo } from "react";
import type { Participant } from "../../client/signaling";
import { trackOf } from "../../state/room";
import { Initials, VideoView } from "../../ui";
import { useDevices, useRoom, useSession } from "./context";
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
      {id !== you && <Moderation participant={participant} className={classes.menu ?? ""} />}
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

interface ModerationProps {
  readonly participant: Participant;
  readonly className: string;
}

/** What an interviewer may do with somebody: nothing is shown to the others. */
export function Moderation({ participant, className }: ModerationProps) {
  const session = useSession();
  const { mayMute, mayRemove } = useRoom(({ rights }) => ({
    mayMute: rights.has("mute_others"),
    mayRemove: rights.has("remove_others"),
  }));
  if (!mayMute && !mayRemove) return null;
  const { id, name, tracks } = participant;
  const icon = { size: 15, stroke: 1.8 } as const;
  return (
    <Menu position="bottom-end" width={210}>
      <Menu.Target>
        <ActionIcon
          className={className}
          variant="subtle"
          color="gray"
          size={28}
          aria-label={`More about ${name}`}
        >
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{name}</Menu.Label>
        <Menu.Item
          leftSection={<IconMicrophoneOff {...icon} />}
          disabled={!mayMute || !tracks.microphone}
          onClick={() => session.mute(id, "microphone")}
        >
          Mute microphone
        </Menu.Item>
        <Menu.Item
          leftSection={<IconVideoOff {...icon} />}
          disabled={!mayMute || !tracks.camera}
          onClick={() => session.mute(id, "camera")}
        >
          Turn off camera
        </Menu.Item>
        {tracks.screen && (
          <Menu.Item
            leftSection={<IconScreenShareOff {...icon} />}
            disabled={!mayMute}
            onClick={() => session.mute(id, "screen")}
          >
            Stop screen
          </Menu.Item>
        )}
        {mayRemove && (
          <>
            <Menu.Divider />
            <Menu.Item
              color="red"
              leftSection={<IconUserMinus {...icon} />}
              onClick={() => session.remove(id)}
            >
              Remove from the room
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
