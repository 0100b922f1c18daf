import { Button } from "@mantine/core";
import { IconScreenShare } from "@tabler/icons-react";
import { useParts, useRoom } from "./context";
import classes from "./SharedScreenCard.module.css";

/** Somebody shares a screen while you are at the code: one click shows it large. */
export function SharedScreenCard() {
  const { view } = useParts();
  const names = useRoom((room) =>
    room.participants
      .filter(({ tracks }) => tracks.screen)
      .map(({ id, name }) => (id === room.you ? "You" : name)),
  );
  const words = names.join(" and ");
  return (
    <div className={classes.card}>
      <IconScreenShare size={18} stroke={1.7} aria-hidden="true" />
      <span className={classes.words}>
        {words === "You"
          ? "You share your screen"
          : `${words} share${names.length > 1 ? "" : "s"} a screen`}
      </span>
      <Button size="compact-xs" variant="default" onClick={() => view.setState({ mode: "talk" })}>
        Show
      </Button>
    </div>
  );
}
