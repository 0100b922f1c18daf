import classes from "./Count.module.css";

/** How many wait to be looked at; nothing when there is none. */
export function Count({ of }: { readonly of: number }) {
  return of > 0 ? <span className={classes.count}>{of}</span> : null;
}
