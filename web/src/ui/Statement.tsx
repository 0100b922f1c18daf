import type { ReactNode } from "react";
import classes from "./Statement.module.css";

interface StatementProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly children: ReactNode;
  /** What to do next. */
  readonly action?: ReactNode;
}

/** One thing said to the reader, and one thing to do: empty states, endings, dead links. */
export function Statement({ icon, title, children, action }: StatementProps) {
  return (
    <section className={classes.statement}>
      <div className={classes.icon} aria-hidden="true">
        {icon}
      </div>
      <h1 className={classes.title}>{title}</h1>
      <p className={classes.text}>{children}</p>
      {action && <div className={classes.action}>{action}</div>}
    </section>
  );
}
