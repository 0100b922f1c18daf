import { IconVideoOff, IconWifiOff } from "@tabler/icons-react";
import type { PictureState } from "../../state/pictures";
import classes from "./NoPicture.module.css";

const REASONS: Readonly<Partial<Record<PictureState, string>>> = {
  paused: "Paused: your connection is weak",
  declined: "Video off by your choice",
};

interface NoPictureProps {
  readonly state: PictureState;
  /** There is no room for the words: the icon carries them. */
  readonly isSmall?: boolean;
}

/** Why a picture that is sent is not shown; nothing where there is nothing to say. */
export function NoPicture({ state, isSmall = false }: NoPictureProps) {
  const words = REASONS[state];
  if (words === undefined) return null;
  const Icon = state === "paused" ? IconWifiOff : IconVideoOff;
  const icon = { size: 14, stroke: 1.8 } as const;
  if (isSmall) return <Icon {...icon} role="img" aria-label={words} />;
  return (
    <p className={classes.reason} data-state={state}>
      <Icon {...icon} aria-hidden="true" />
      {words}
    </p>
  );
}
