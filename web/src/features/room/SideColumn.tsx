import { useRoom, useView } from "./context";
import { FaceStrip } from "./Faces";
import { SharedScreenCard } from "./SharedScreenCard";
import classes from "./SideColumn.module.css";
import { SidePanel } from "./SidePanel";

/** The right column: small faces while one codes, then chat or people. */
export function SideColumn({ hasFaces }: { readonly hasFaces: boolean }) {
  const side = useView((view) => view.side);
  const isSharing = useRoom((room) => room.participants.some(({ tracks }) => tracks.screen));
  if (!hasFaces && side === null) return null;
  return (
    <aside className={classes.column} data-narrow={side === null || undefined}>
      {hasFaces && isSharing && <SharedScreenCard />}
      {hasFaces && <FaceStrip />}
      <SidePanel />
    </aside>
  );
}
