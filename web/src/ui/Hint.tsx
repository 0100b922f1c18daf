import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./Hint.module.css";

interface HintProps {
  readonly title: string;
  readonly steps: readonly string[];
  readonly action?: ReactNode;
}

/** Something does not work: what it is, and the steps that help. */
export function Hint({ title, steps, action }: HintProps) {
  return (
    <div className={classes.hint} role="alert">
      <IconAlertTriangle className={classes.icon} size={18} stroke={1.8} aria-hidden="true" />
      <div>
        <p className={classes.title}>{title}</p>
        {steps.length === 1 ? (
          <p className={classes.steps}>{steps[0]}</p>
        ) : (
          <ol className={classes.steps}>
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        )}
        {action && <div className={classes.action}>{action}</div>}
      </div>
    </div>
  );
}
