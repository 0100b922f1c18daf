import type { ReactNode } from "react";
import { ColorSchemeSwitch } from "./ColorSchemeSwitch";
import { Logo } from "./Logo";
import classes from "./Page.module.css";

interface PageProps {
  readonly children: ReactNode;
  /** What stands at the right of the header. */
  readonly actions?: ReactNode;
  /** In the middle of the window, for pages with one thing to say. */
  readonly isCentered?: boolean;
}

/** A page outside the room: a quiet header, and room to breathe. */
export function Page({ children, actions, isCentered = false }: PageProps) {
  return (
    <div className={classes.page}>
      <header className={classes.header}>
        <Logo />
        <div className={classes.actions}>
          {actions}
          <ColorSchemeSwitch />
        </div>
      </header>
      <main className={classes.main} data-centered={isCentered || undefined}>
        {children}
      </main>
    </div>
  );
}
