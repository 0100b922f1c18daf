/** A sample of the call out of two looks at a voice line, for the log. Pure. */
import type { LineSample, Receiving, SampleEntry } from "../log";
import type { VoiceCounts } from "./traffic";

type Counts = Readonly<Record<"frames" | "lost" | "bytes" | "played" | "concealed", number>>;

const NOTHING: Counts = { frames: 0, lost: 0, bytes: 0, played: 0, concealed: 0 };

/** What happened in `overMs`; `receiving` says by `mid` whose line it is. */
export function voiceSample(
  before: VoiceCounts,
  now: VoiceCounts,
  overMs: number,
  mids: readonly string[],
  receiving: ReadonlyMap<string, Receiving>,
): SampleEntry {
  const down = now.lines.flatMap((line): LineSample[] => {
    const of = receiving.get(mids[line.line] ?? "");
    const since = before.lines.find((earlier) => earlier.line === line.line) ?? NOTHING;
    return of ? [{ way: "down", ...lineOf(of), ...differences(since, line, overMs) }] : [];
  });
  return {
    kind: "sample",
    over_ms: Math.round(overMs),
    path: "websocket",
    ...(now.roundTripMs === null ? {} : { round_trip_ms: now.roundTripMs }),
    lines: [upward(before, now, overMs), ...down].filter(({ packets }) => packets > 0),
  };
}

function lineOf({ source, publisher }: Receiving) {
  return { source, publisher };
}

function upward(before: VoiceCounts, now: VoiceCounts, overMs: number): LineSample {
  const [late, unsent] = [now.late - before.late, now.unsent - before.unsent];
  return {
    way: "up",
    source: "microphone",
    bitrate_kbps: kbps(now.bytes - before.bytes, overMs),
    packets: now.sent - before.sent + unsent,
    lost: Math.max(0, late) + unsent,
  };
}

function differences(since: Counts, now: Counts, overMs: number) {
  return {
    bitrate_kbps: kbps(now.bytes - since.bytes, overMs),
    packets: now.frames - since.frames,
    lost: now.lost - since.lost,
    samples: now.played - since.played,
    concealed_samples: now.concealed - since.concealed,
  };
}

function kbps(bytes: number, overMs: number): number {
  return Math.round((bytes * 80) / overMs) / 10;
}
