import { useElementSize } from "@mantine/hooks";
import { useMemo } from "react";
import type { Participant } from "../../client/signaling";
import { Alone } from "./Alone";
import { useRoom } from "./context";
import classes from "./Faces.module.css";
import { gridOf } from "./layout";
import { Screens } from "./Screens";
import { Tile } from "./Tile";

const GAP_PX = 10;
/** With more faces than this the strip has two columns. */
const CROWD = 3;
const AVATAR_PX = { min: 48, max: 128, ofHeight: 0.32 };

interface Faces {
  readonly others: readonly Participant[];
  /** Oneself; null for observers, who are not seen. */
  readonly own: Participant | null;
}

/** Everybody who can be seen. */
function useFaces(): Faces {
  const { participants, you } = useRoom((room) => ({
    participants: room.participants,
    you: room.you,
  }));
  return useMemo(() => {
    const faces = participants.filter(({ role }) => role !== "observer");
    return {
      others: faces.filter(({ id }) => id !== you),
      own: faces.find(({ id }) => id === you) ?? null,
    };
  }, [participants, you]);
}

/** Talk mode: the faces as large as they fit; beside a shared screen they stand in a column. */
export function FaceGrid() {
  const isSharing = useRoom((room) => room.participants.some(({ tracks }) => tracks.screen));
  const faces = useFaces();
  if (isSharing) {
    return (
      <div className={classes.stage}>
        <Screens />
        <FaceStrip />
      </div>
    );
  }
  return (
    <div className={classes.space}>
      {faces.others.length > 1 ? <Round {...faces} /> : <Pair {...faces} />}
    </div>
  );
}

/** Three and more: all the same size, oneself last. */
function Round({ others, own }: Faces) {
  const { ref, width, height } = useElementSize();
  const faces = own ? [...others, own] : others;
  const grid = gridOf(faces.length, { width, height }, GAP_PX);
  return (
    <ul ref={ref} className={classes.grid} aria-label="Faces">
      {faces.map((participant) => (
        <Tile key={participant.id} participant={participant} {...sizesOf(grid)} />
      ))}
    </ul>
  );
}

/** Two: the other fills the stage, oneself is a small picture in its corner. */
function Pair({ others: [other], own }: Faces) {
  const { ref, width, height } = useElementSize();
  const grid = gridOf(1, { width, height }, GAP_PX);
  return (
    <ul ref={ref} className={classes.grid} aria-label="Faces">
      {other ? (
        <Tile key={other.id} participant={other} {...sizesOf(grid)} />
      ) : (
        <li className={classes.nobody}>
          <Alone />
        </li>
      )}
      {own && <Tile key={own.id} participant={own} isInCorner />}
    </ul>
  );
}

function sizesOf({ tileWidth, tileHeight }: ReturnType<typeof gridOf>) {
  const wished = tileHeight * AVATAR_PX.ofHeight;
  return {
    style: { width: tileWidth, height: tileHeight },
    avatarSize: Math.max(AVATAR_PX.min, Math.min(AVATAR_PX.max, wished)),
  };
}

/** Code mode: small faces, oneself last. */
export function FaceStrip() {
  const { others, own } = useFaces();
  const faces = own ? [...others, own] : others;
  const isCrowd = faces.length > CROWD;
  return (
    <ul className={classes.strip} aria-label="Faces" data-many={isCrowd || undefined}>
      {faces.map((participant) => (
        <Tile
          key={participant.id}
          participant={participant}
          avatarSize={isCrowd ? 30 : 44}
          isSmall={isCrowd}
        />
      ))}
    </ul>
  );
}
