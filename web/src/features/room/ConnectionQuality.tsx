import type { QualityHint } from "../../client/media";
import { connectionOf } from "../../state/connections";
import { isHeldBack } from "../../state/pictures";
import { Bars } from "../../ui";
import { useRoom } from "./context";

/** One's own bars, as on one's own tile, and behind them the figures. */
export function ConnectionQuality() {
  const connection = useRoom((room) => connectionOf(room, room.you));
  const quality = useRoom((room) => room.quality);
  const isHeld = useRoom(isHeldBack);
  const isBusy = useRoom((room) => room.relief !== "none" || room.quality.isDeviceBusy);
  if (connection === null) return null;
  return (
    <Bars
      bars={connection.bars}
      words={[connection.words, ...detailsOf(quality, isHeld, isBusy)].join(" ")}
    />
  );
}

/** Somebody's bars; nothing while nothing is known of them. */
export function PersonBars({
  id,
  isOnPicture,
}: {
  readonly id: string;
  readonly isOnPicture?: boolean;
}) {
  const connection = useRoom((room) => connectionOf(room, id));
  if (connection === null) return null;
  const { bars, words } = connection;
  return <Bars bars={bars} words={words} isOnPicture={isOnPicture ?? false} />;
}

function detailsOf({ roundTripMs, loss }: QualityHint, isHeld: boolean, isBusy: boolean) {
  return [
    roundTripMs === null ? "" : `Round trip ${Math.round(roundTripMs)} ms.`,
    roundTripMs === null ? "" : `${(loss * 100).toFixed(1)} % of packets lost.`,
    isHeld ? "The others' pictures are held back to fit your connection." : "",
    isBusy ? "Your own picture is sent smaller because this computer is busy." : "",
  ].filter((sentence) => sentence !== "");
}
