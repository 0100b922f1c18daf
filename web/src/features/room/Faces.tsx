import { useElementSize } from "@mantine/hooks";
import { useMemo } from "react";
import type { Participant } from "../../client/signaling";
import { useRoom } from "./context";
import classes from "./Faces.module.css";
import { gridOf } from "./layout";
import { Screens } from "./Screens";
import { Tile } from "./Tile";

const GAP_PX = 10;
/** With more faces than this the strip has two columns. */
const CROWD = 3;

/** Everybody who can be seen, others first and oneself last. */
function useFaces(): readonly Participant[] {
  const { participants, you } = useRoom((room) => ({
    participants: room.participants,
    you: room.you,
  }));
  return useMemo(() => {
    const faces = participants.filter(({ role }) => role !== "observer");
    return [...faces.filter(({ id }) => id !== you), ...faces.filter(({ id }) => id === you)];
  }, [participants, you]);
}

/** Talk mode: the faces as large as they fit; beside a shared screen they stand in a column. */
export function FaceGrid() {
  const isSharing = useRoom((room) => room.participants.some(({ tracks }) => tracks.screen));
  if (isSharing) {
    return (
      <div className={classes.stage}>
        <Screens />
        <FaceStrip />
      </div>
    );
  }
  return <OpenGrid />;
}

function OpenGrid() {
  const faces = useFaces();
  const { ref, width, height } = useElementSize();
  const grid = gridOf(faces.length, width, height, GAP_PX);
  const size = { width: grid.tileWidth, height: grid.tileHeight };
  const avatarSize = Math.max(48, Math.min(128, grid.tileHeight * 0.32));
  return (
    <div className={classes.space}>
      <ul ref={ref} className={classes.grid} aria-label="Faces">
        {faces.map((participant) => (
          <Tile
            key={participant.id}
            participant={participant}
            style={size}
            avatarSize={avatarSize}
          />
        ))}
      </ul>
    </div>
  );
}

/** Code mode: small faces, and any shared screen first. */
export function FaceStrip() {
  const faces = useFaces();
  return (
    <ul className={classes.strip} aria-label="Faces" data-many={faces.length > CROWD || undefined}>
      {faces.map((participant) => (
        <Tile
          key={participant.id}
          participant={participant}
          avatarSize={faces.length > CROWD ? 30 : 44}
        />
      ))}
    </ul>
  );
}
