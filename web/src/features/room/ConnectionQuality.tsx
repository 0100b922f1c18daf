import { Tooltip } from "@mantine/core";
import type { Quality, QualityHint } from "../../client/media";
import { isHeldBack } from "../../state/pictures";
import classes from "./ConnectionQuality.module.css";
import { useRoom } from "./context";

const WORDS = { good: "Good", fair: "Fair", weak: "Weak", unknown: "Measuring" } as const;

/** Three bars, and behind them the figures. */
export function ConnectionQuality() {
  const { quality, link, isHeld } = useRoom((room) => ({
    quality: room.quality,
    link: room.link,
    isHeld: isHeldBack(room),
  }));
  // What was measured before the line was cut says nothing any more.
  if (quality.quality === "unknown" || link !== "online") return null;
  const grade = gradeOf(quality.quality, isHeld);
  const details = detailsOf(quality, isHeld);
  return (
    <Tooltip multiline maw={320} label={details.join(" ")}>
      <span className={classes.quality} data-quality={grade}>
        <span className={classes.bars} aria-hidden="true">
          <i />
          <i />
          <i />
        </span>
        <span className="vv-visually-hidden">
          Connection: {WORDS[grade]}. {details.join(" ")}
        </span>
      </span>
    </Tooltip>
  );
}

/** Nothing is good while pictures are held back. */
function gradeOf(measured: Quality, isHeld: boolean): Quality {
  return measured === "good" && isHeld ? "fair" : measured;
}

function detailsOf({ roundTripMs, loss, isDeviceBusy }: QualityHint, isHeld: boolean) {
  return [
    roundTripMs === null ? "" : `Round trip ${Math.round(roundTripMs)} ms.`,
    `${(loss * 100).toFixed(1)} % of packets lost.`,
    isHeld ? "The others' pictures are held back to fit your connection." : "",
    isDeviceBusy ? "Your own picture is smaller because this device is busy." : "",
  ].filter((sentence) => sentence !== "");
}
