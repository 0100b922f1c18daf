import classes from "./LevelBar.module.css";

const STEPS = 12;

/** A microphone's level, 0 … 1, in steps. */
export function LevelBar({ level, label }: { readonly level: number; readonly label: string }) {
  const lit = Math.round(level * STEPS);
  return (
    <div className={classes.bar} role="img" aria-label={label}>
      {Array.from({ length: STEPS }, (_, step) => (
        <span
          key={`step-${step + 1}`}
          className={classes.step}
          data-lit={step < lit || undefined}
        />
      ))}
    </div>
  );
}
