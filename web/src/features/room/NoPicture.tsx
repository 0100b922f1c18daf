import { type IconProps, IconVideoOff, IconWifiOff } from "@tabler/icons-react";
import type { PictureState } from "../../state/pictures";
import classes from "./NoPicture.module.css";

const REASONS: Readonly<Partial<Record<PictureState, string>>> = {
  paused: "Paused: your connection is weak",
  declined: "Video off by your choice",
  unsent: "Sound only: their network blocks video",
  blocked: "Sound only: your network blocks video",
  unseen: "Not seen: your network blocks video",
  resting: "Paused: their connection is weak",
  withheld: "Not seen: your connection is weak",
};

/** Where a network has no room, whoever's it is. */
const WEAK: readonly PictureState[] = ["paused", "resting", "withheld"];

/** Why a picture that is sent is not shown; nothing where there is nothing to say. */
export function NoPicture({ state }: { readonly state: PictureState }) {
  const words = REASONS[state];
  if (words === undefined) return null;
  return (
    <p className={classes.reason} data-state={state}>
      <Sign state={state} aria-hidden="true" />
      {words}
    </p>
  );
}

/** The same as a sign beside the name, for a tile too narrow for the words. */
export function NoPictureSign({ state }: { readonly state: PictureState }) {
  const words = REASONS[state];
  if (words === undefined) return null;
  return (
    <Sign state={state} className={classes.sign} data-state={state} role="img" aria-label={words} />
  );
}

function Sign({ state, ...rest }: IconProps & { readonly state: PictureState }) {
  const Icon = WEAK.includes(state) ? IconWifiOff : IconVideoOff;
  return <Icon size={14} stroke={1.8} {...rest} />;
}
