import classes from "./LevelBar.module.css";

/** A microphone's level, 0 … 1, in steps. */
export function LevelBar({ level, label }: { readonly level: number; readonly label: string }) {
  return (
    <div className={classes.bar} role="img" aria-label={label}>
      <div className={classes.lit} style={{ clipPath: `inset(0 ${100 - level * 100}% 0 0)` }} />
    </div>
  );
}
