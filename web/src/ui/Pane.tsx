import type { ReactNode } from "react";
import classes from "./Pane.module.css";

interface PaneProps {
  /** What assistive technology calls the region. */
  readonly label: string;
  readonly children: ReactNode;
}

/** One resizable part of the room: a column that fills its place. What is in it may ask for its width (`@container`). */
export function Pane({ label, children }: PaneProps) {
  return (
    <section aria-label={label} className={classes.pane}>
      {children}
    </section>
  );
}
