import { Button } from "@mantine/core";
import { IconScreenShareOff } from "@tabler/icons-react";
import type { Participant } from "../../client/signaling";
import { pictureOf } from "../../state/pictures";
import { VideoView } from "../../ui";
import { useDevices, useRoom, useSession } from "./context";
import { NoPicture } from "./NoPicture";
import classes from "./Screens.module.css";
import { useSeen } from "./use-seen";

/** The shared screens, large. */
export function Screens() {
  const you = useRoom((room) => room.you);
  const sharing = useRoom((room) => room.participants.filter(({ tracks }) => tracks.screen));
  return (
    <div className={classes.screens}>
      {sharing.map((participant) =>
        participant.id === you ? (
          <OwnScreen key={participant.id} />
        ) : (
          <Screen key={participant.id} participant={participant} />
        ),
      )}
    </div>
  );
}

function Screen({ participant: { id, name } }: { readonly participant: Participant }) {
  const { mid, track, state } = useRoom((room) => pictureOf(room, id, "screen"));
  return (
    <figure ref={useSeen(mid)} className={classes.screen}>
      <div className={classes.picture} data-hidden={state !== "shown" || undefined}>
        {track && <VideoView track={track} label={`Screen of ${name}`} isWhole />}
      </div>
      <div className={classes.reason}>
        <NoPicture state={state} />
      </div>
      <figcaption>{name} shares a screen</figcaption>
    </figure>
  );
}

/** One's own screen would only mirror itself without end; say that it is shared instead. */
function OwnScreen() {
  const session = useSession();
  const isSharing = useDevices(({ screen }) => screen !== null);
  return (
    <div className={classes.own}>
      <p>The others see your screen.</p>
      <Button
        variant="default"
        leftSection={<IconScreenShareOff size={16} stroke={1.8} />}
        disabled={!isSharing}
        onClick={() => session.devices.stopScreen()}
      >
        Stop sharing
      </Button>
    </div>
  );
}
