import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./SwitchButton.module.css";

interface SwitchButtonProps {
  readonly isOn: boolean;
  readonly icon: ReactNode;
  /** What a click does; the button's accessible name. */
  readonly label: string;
  readonly shortcut?: string;
  readonly onClick: () => void;
  readonly isDisabled?: boolean;
}

/** A round switch for microphone or camera: off is red, crossed out, and says so. */
export function SwitchButton(props: SwitchButtonProps) {
  const { isOn, icon, label, shortcut, onClick, isDisabled } = props;
  return (
    <Tooltip label={shortcut ? `${label} (${shortcut})` : label}>
      <button
        type="button"
        className={classes.switch}
        data-off={!isOn || undefined}
        aria-label={label}
        disabled={isDisabled}
        onClick={onClick}
      >
        {icon}
      </button>
    </Tooltip>
  );
}
