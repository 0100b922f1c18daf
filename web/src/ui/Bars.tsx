import { Tooltip } from "@mantine/core";
import classes from "./Bars.module.css";

interface BarsProps {
  readonly bars: 1 | 2 | 3 | 4;
  /** What they mean, whole; also the tooltip. */
  readonly words: string;
  /** Lies on a dark ground whatever the colour scheme. */
  readonly isOnPicture?: boolean;
}

/** One to four bars: how many are filled says it, the colour only repeats it. */
export function Bars({ bars, words, isOnPicture = false }: BarsProps) {
  return (
    <Tooltip multiline maw={320} label={words}>
      <span
        className={classes.bars}
        role="img"
        aria-label={words}
        data-bars={bars}
        data-on-picture={isOnPicture || undefined}
      >
        <i />
        <i />
        <i />
        <i />
      </span>
    </Tooltip>
  );
}
