/** A sample of the call out of two looks at `getStats`. Pure. */
import type { PeerLook } from "../media";
import type { Layer, Source } from "../signaling";
import type { LineSample, Path, PictureNote, SampleEntry } from "./entries";

type StatsEntry = PeerLook["entries"][number];

/** Who is in a receive line, and what is shown of it. */
export interface Receiving {
  readonly source: Source;
  readonly publisher: string;
  readonly picture?: PictureNote;
}

/** A look that has been made sense of: running totals by line. */
export interface Snapshot {
  readonly at: number;
  readonly roundTripMs: number | null;
  readonly path: Path | null;
  readonly lines: ReadonlyMap<string, RawLine>;
}

interface RawLine {
  readonly mid: string;
  readonly way: "up" | "down";
  readonly isPicture: boolean;
  /** Of what we send; whose line it is that comes down, the server says. */
  readonly source: Source | null;
  readonly layer: Layer | null;
  readonly totals: Totals;
  /** As they are now. */
  readonly now: Pick<
    LineSample,
    "jitter_ms" | "round_trip_ms" | "fps" | "width" | "height" | "limit"
  >;
}

interface Totals {
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
  readonly freezes: number;
  readonly frozenS: number;
  readonly concealed: number;
  readonly samples: number;
}

const NOTHING: Totals = {
  bytes: 0,
  packets: 0,
  lost: 0,
  freezes: 0,
  frozenS: 0,
  concealed: 0,
  samples: 0,
};

/** Source: Identifiers for WebRTC's Statistics API, W3C. */
export function snapshotOf({ entries, sent }: PeerLook, at: number): Snapshot {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const reports = new Map(
    entries.filter(({ type }) => type === "remote-inbound-rtp").map((one) => [one.localId, one]),
  );
  const lines = new Map<string, RawLine>();
  for (const entry of entries) {
    if (entry.type === "inbound-rtp" && typeof entry.mid === "string") {
      lines.set(`down ${entry.mid}`, received(entry, entry.mid));
    }
    if (entry.type === "outbound-rtp" && typeof entry.mid === "string") {
      const source = sent.get(entry.mid) ?? null;
      lines.set(
        `up ${entry.mid} ${entry.rid ?? ""}`,
        sending(entry, entry.mid, source, reports.get(entry.id)),
      );
    }
  }
  const pair = usedPair(entries, byId);
  const trip = pair?.currentRoundTripTime;
  return {
    at,
    roundTripMs: typeof trip === "number" ? trip * 1_000 : null,
    path: pathOf(byId.get(pair?.localCandidateId)),
    lines,
  };
}

/** What happened between two looks; null if that is no time at all. */
export function sampleBetween(
  before: Snapshot,
  now: Snapshot,
  receiving: ReadonlyMap<string, Receiving>,
): SampleEntry | null {
  const overMs = Math.round(now.at - before.at);
  if (overMs < 1) return null;
  const lines = [...now.lines].flatMap(([key, line]): LineSample[] => {
    const since = before.lines.get(key)?.totals ?? NOTHING;
    const sample = line.way === "up" ? upward(line) : downward(line, receiving.get(line.mid));
    return sample ? [{ ...sample, ...differences(since, line, overMs) }] : [];
  });
  return {
    kind: "sample",
    over_ms: overMs,
    ...some({ round_trip_ms: now.roundTripMs === null ? undefined : rounded(now.roundTripMs) }),
    ...some({ path: now.path ?? undefined }),
    lines: lines.filter((line) => line.packets > 0 || line.picture !== undefined),
  };
}

function upward({ source, layer, now }: RawLine) {
  if (source === null) return null;
  return { way: "up" as const, source, ...some({ layer: layer ?? undefined }), ...now };
}

function downward({ now }: RawLine, of: Receiving | undefined) {
  if (of === undefined) return null;
  const { source, publisher, picture } = of;
  return { way: "down" as const, source, publisher, ...some({ picture }), ...now };
}

function differences(since: Totals, { way, isPicture, totals }: RawLine, overMs: number) {
  const more = (key: keyof Totals) => Math.max(0, totals[key] - since[key]);
  const ofPicture = { freezes: more("freezes"), frozen_ms: Math.round(more("frozenS") * 1_000) };
  const ofSound = { concealed_samples: more("concealed"), samples: more("samples") };
  return {
    bitrate_kbps: rounded((more("bytes") * 8) / overMs),
    packets: more("packets"),
    lost: more("lost"),
    ...(way === "up" ? {} : isPicture ? ofPicture : ofSound),
  };
}

function received(entry: StatsEntry, mid: string): RawLine {
  return {
    mid,
    way: "down",
    isPicture: entry.kind === "video",
    source: null,
    layer: null,
    totals: {
      bytes: numberOf(entry.bytesReceived),
      packets: numberOf(entry.packetsReceived),
      lost: numberOf(entry.packetsLost),
      freezes: numberOf(entry.freezeCount),
      frozenS: numberOf(entry.totalFreezesDuration),
      concealed: numberOf(entry.concealedSamples) - numberOf(entry.silentConcealedSamples),
      samples: numberOf(entry.totalSamplesReceived),
    },
    now: { ...some({ jitter_ms: inMs(entry.jitter) }), ...pictureFigures(entry) },
  };
}

function sending(
  entry: StatsEntry,
  mid: string,
  source: Source | null,
  report: StatsEntry | undefined,
): RawLine {
  const limit = entry.qualityLimitationReason;
  return {
    mid,
    way: "up",
    isPicture: entry.kind === "video",
    source,
    layer: isLayer(entry.rid) ? entry.rid : null,
    totals: {
      ...NOTHING,
      bytes: numberOf(entry.bytesSent),
      packets: numberOf(entry.packetsSent),
      lost: numberOf(report?.packetsLost),
    },
    now: {
      ...some({ round_trip_ms: inMs(report?.roundTripTime), jitter_ms: inMs(report?.jitter) }),
      ...pictureFigures(entry),
      ...some({ limit: isLimit(limit) ? limit : undefined }),
    },
  };
}

function pictureFigures({ framesPerSecond, frameWidth, frameHeight }: StatsEntry) {
  return some({
    fps: typeof framesPerSecond === "number" ? rounded(framesPerSecond) : undefined,
    width: typeof frameWidth === "number" ? frameWidth : undefined,
    height: typeof frameHeight === "number" ? frameHeight : undefined,
  });
}

function usedPair(
  entries: readonly StatsEntry[],
  byId: ReadonlyMap<unknown, StatsEntry>,
): StatsEntry | undefined {
  const transport = entries.find(({ type }) => type === "transport");
  const selected = byId.get(transport?.selectedCandidatePairId);
  // Firefox has no transport entry.
  return (
    selected ??
    entries.find(
      ({ type, nominated, state }) =>
        type === "candidate-pair" && nominated === true && state === "succeeded",
    )
  );
}

/** How packets leave: straight, or through a relay and how that is reached. */
function pathOf(candidate: StatsEntry | undefined): Path | null {
  const relay = candidate?.candidateType === "relay" ? candidate.relayProtocol : undefined;
  if (relay === "udp" || relay === "tcp" || relay === "tls") return `relay-${relay}`;
  const protocol = candidate?.protocol;
  return protocol === "udp" || protocol === "tcp" ? protocol : null;
}

function isLayer(rid: unknown): rid is Layer {
  return rid === "q" || rid === "h" || rid === "f";
}

function isLimit(value: unknown): value is NonNullable<LineSample["limit"]> {
  return ["none", "cpu", "bandwidth", "other"].includes(value as string);
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function inMs(seconds: unknown): number | undefined {
  return typeof seconds === "number" ? rounded(seconds * 1_000) : undefined;
}

/** One place behind the point is more than anybody reads. */
function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Without what is undefined, which the server would take for a value. */
function some<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
