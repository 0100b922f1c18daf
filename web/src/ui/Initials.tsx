import { initialsOf } from "./format";
import classes from "./Initials.module.css";

interface InitialsProps {
  readonly name: string;
  readonly color: string;
  readonly size: number;
}

/** A person without a picture: their initials in their colour. */
export function Initials({ name, color, size }: InitialsProps) {
  const style = { "--person": color, width: size, height: size, fontSize: size * 0.38 };
  return (
    <span className={classes.initials} style={style as React.CSSProperties} aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}
