import { Alone } from "./Alone";
import { useRoom } from "./context";
import { FaceStrip } from "./Faces";
import { SharedScreenCard } from "./SharedScreenCard";
import classes from "./SideColumn.module.css";
import { SidePanel } from "./SidePanel";

/** The right column: small faces while one codes, then chat or people. */
export function SideColumn({ hasFaces }: { readonly hasFaces: boolean }) {
  const isSharing = useRoom((room) => room.participants.some(({ tracks }) => tracks.screen));
  const isAlone = useRoom(({ participants, you, isWelcomed }) => {
    const others = participants.filter(({ id, role }) => id !== you && role !== "observer");
    return isWelcomed && others.length === 0;
  });
  return (
    <aside className={classes.column}>
      {hasFaces && isSharing && <SharedScreenCard />}
      {hasFaces && <FaceStrip />}
      {hasFaces && isAlone && (
        <div className={classes.alone}>
          <Alone />
        </div>
      )}
      <SidePanel />
    </aside>
  );
}
