import { Switch } from "@mantine/core";
import { useStore } from "zustand";
import type { BlurProblem } from "../../client/media";
import type { Devices } from "../../state/devices";
import classes from "./DevicePickers.module.css";

const WHAT_IT_DOES = "Others see you and not your room. It is done on this computer.";
const PROBLEMS: Readonly<Record<BlurProblem, string>> = {
  slow: "This computer is too slow to blur your background. Your camera is off so that your room stays private; turn it on to be seen without blur.",
  unusable:
    "This browser cannot blur your background. Your camera is off so that your room stays private; turn it on to be seen without blur.",
};

/** The same in the notice, for whoever is not looking at the switch. */
export function blurLine(problem: BlurProblem): string {
  return PROBLEMS[problem];
}

/** Hides the room behind the person. */
export function BlurSwitch({ devices }: { readonly devices: Devices }) {
  const { isOn, problem } = useStore(devices.store, ({ blur }) => blur);
  return (
    <Switch
      className={classes.blur ?? ""}
      label="Blur background"
      description={WHAT_IT_DOES}
      error={problem && PROBLEMS[problem]}
      checked={isOn}
      onChange={({ currentTarget }) => devices.blur(currentTarget.checked)}
    />
  );
}
