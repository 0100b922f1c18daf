/** One try of one path: a peer of its own that connects, and sends for some seconds if it is asked to. */
import type { SampleEntry } from "../log";
import { sampleBetween, snapshotOf } from "../log";
import { Peer, type PeerLook } from "../media";
import { answerFor, configurationFor, type PathKind } from "./paths";
import type { Pattern } from "./pattern";
import type { Measured } from "./verdict";

const CONNECT_TIMEOUT_MS = 6_000;
/** The browser's first reports of loss come after a second, and its estimate grows for some more. */
const MEASURE_MS = 5_000;

/** The server's answer, and the relays that it offers. */
export interface Begun {
  readonly check: string;
  readonly answer: string;
  readonly relays: readonly RTCIceServer[];
}

/** What the server is asked. */
export interface CheckApi {
  begin(offer: string): Promise<Begun>;
  end(check: string): Promise<void>;
}

export interface Probe {
  readonly isOpen: boolean;
  /** The server's own words, to see what else it offers. */
  readonly answer: string;
  readonly relays: readonly RTCIceServer[];
  readonly measured: Measured | null;
}

export interface ProbeOptions {
  readonly api: CheckApi;
  readonly path: PathKind;
  /** Those of this path that an earlier answer offered. */
  readonly relays: readonly RTCIceServer[];
  /** Sent while it is measured; null to see only whether the path is open. */
  readonly pattern: Pattern | null;
}

/** Rejects if the server could not be asked. */
export async function probe({ api, path, relays, pattern }: ProbeOptions): Promise<Probe> {
  let decide: (isOpen: boolean) => void = () => {};
  const decided = new Promise<boolean>((resolve) => {
    decide = resolve;
  });
  const onState = (state: RTCPeerConnectionState) => {
    if (state === "connected") decide(true);
    if (state === "failed") decide(false);
  };
  const configuration = configurationFor(path, relays);
  const relaysToUse = async () => configuration.iceServers ?? [];
  const peer = new Peer({ role: "candidate", relays: relaysToUse, onState, configuration });
  const giveUp = setTimeout(() => decide(false), CONNECT_TIMEOUT_MS);
  try {
    const { check, answer, relays: offered } = await api.begin(await peer.offer());
    await peer.accept(answerFor(path, answer));
    const isOpen = await decided;
    const measured = isOpen && pattern ? await measure(peer, pattern) : null;
    void api.end(check).catch(() => {}); // else it ends by itself
    return { isOpen, answer, relays: offered, measured };
  } finally {
    clearTimeout(giveUp);
    peer.close();
  }
}

async function measure(peer: Peer, pattern: Pattern): Promise<Measured> {
  await Promise.all([peer.send("camera", pattern.picture), peer.send("microphone", pattern.tone)]);
  const before = await look(peer);
  await new Promise((resolve) => setTimeout(resolve, MEASURE_MS));
  const now = await look(peer);
  const sample = sampleBetween(snapshotOf(before, 0), snapshotOf(now, MEASURE_MS), new Map());
  return { ...figuresOf(sample), uplinkKbps: uplinkKbpsOf(now) };
}

async function look(peer: Peer): Promise<PeerLook> {
  return { entries: [...(await peer.stats()).values()], sent: peer.sources() };
}

/** Round trip and loss of what was sent. Pure. */
export function figuresOf(sample: SampleEntry | null): Omit<Measured, "uplinkKbps"> {
  const lines = sample?.lines ?? [];
  const sent = lines.reduce((sum, line) => sum + line.packets, 0);
  const lost = lines.reduce((sum, line) => sum + line.lost, 0);
  return {
    roundTripMs: sample?.round_trip_ms ?? null,
    lossPercent: sent > 0 ? Math.min(100, (100 * lost) / sent) : null,
  };
}

/** Source: Identifiers for WebRTC's Statistics API, W3C, `availableOutgoingBitrate`. */
export function uplinkKbpsOf({ entries }: PeerLook): number | null {
  for (const { type, availableOutgoingBitrate } of entries) {
    if (type === "candidate-pair" && typeof availableOutgoingBitrate === "number") {
      return availableOutgoingBitrate / 1_000;
    }
  }
  return null;
}
