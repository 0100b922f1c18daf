import { useMemo } from "react";
import { trackOf } from "../../state/room";
import { AudioSink } from "../../ui";
import { useDevices, useRoom } from "./context";

interface SoundProps {
  readonly onBlocked: () => void;
  /** Changes when the person allowed sound: everything starts to play anew. */
  readonly attempt: number;
}

/** Everybody else's voice, and the sound of shared screens. */
export function Sound({ onBlocked, attempt }: SoundProps) {
  const { participants, you, slots, tracks } = useRoom((room) => ({
    participants: room.participants,
    you: room.you,
    slots: room.slots,
    tracks: room.tracks,
  }));
  const speaker = useDevices((devices) => devices.speaker);
  const heard = useMemo(() => {
    const others = participants.filter(({ id }) => id !== you);
    return others.flatMap(({ id }) =>
      (["microphone", "screen_audio"] as const).map((source) => ({
        key: `${id} ${source}`,
        track: trackOf({ slots, tracks }, id, source),
      })),
    );
  }, [participants, you, slots, tracks]);
  return heard.map(
    ({ key, track }) =>
      track && (
        <AudioSink
          key={`${key} ${attempt}`}
          track={track}
          speaker={speaker}
          onBlocked={onBlocked}
        />
      ),
  );
}
