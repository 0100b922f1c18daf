/** What a check found, in one sentence, and what to do about it. Pure. */
import type { PathKind } from "./paths";

/** `refused`: the server could not be asked, or did not answer. */
export type Outcome = "open" | "blocked" | "not_offered" | "refused";

export interface PathResult {
  readonly path: PathKind;
  readonly outcome: Outcome;
}

/** How packets travelled on the first open path; null where nothing could be measured. */
export interface Measured {
  readonly roundTripMs: number | null;
  readonly lossPercent: number | null;
  /** What the path carries from here to the server. */
  readonly uplinkKbps: number | null;
}

/** `unused`: nothing is known of it. */
export type MicrophoneFinding = "heard" | "silent" | "unused";
export type CameraFinding = "seen" | "black" | "unused";

export interface Findings {
  readonly paths: readonly PathResult[];
  readonly measured: Measured | null;
  /** Whether this browser can carry sound over web pages, where nothing else passes. */
  readonly hasVoice: boolean;
  /** Whether the server is on this very machine. */
  readonly isOwnMachine: boolean;
  readonly microphone: MicrophoneFinding;
  readonly camera: CameraFinding;
}

export interface Verdict {
  readonly level: "good" | "fair" | "bad";
  readonly words: string;
  readonly remedy: string | null;
}

/** As for the bars in the room: beyond the first step a call suffers, beyond the second it is bad. */
const LOSS_PERCENT = [2, 8] as const;
const ROUND_TRIP_MS = [200, 400] as const;
/** A voice takes 40; the smallest picture 150, a good one 1,500. */
const UPLINK_KBPS = [800, 300] as const;

const OTHER_NETWORK = "Use another network if you can, for example the hotspot of a phone.";
const NEARER =
  "Move closer to the wireless router or use a cable, and stop downloads and other calls.";

const SOUND_ONLY: Verdict = {
  level: "bad",
  words: "Your network lets no video through. The call would have sound only; code and chat work.",
  remedy: OTHER_NETWORK,
};
const NOTHING: Verdict = {
  level: "bad",
  words: "Your network lets no call through. Code and chat would work.",
  remedy: `${OTHER_NETWORK} Chrome, Edge, Firefox or Safari 26 on a computer could carry sound.`,
};

const OWN_MACHINE: Verdict = {
  level: "bad",
  words: "From this browser no video gets through to its own machine. Code and chat work.",
  remedy:
    'Firefox never calls its own machine: use Chrome or Edge, or start the server with make run ARGS="--host 0.0.0.0". A tunnel carries the pages only.',
};

/** The worst that was found decides; a device only if the connection is good. */
export function verdictOf(findings: Findings): Verdict {
  const verdicts = [
    ofPaths(findings),
    ...(findings.measured ? ofFigures(findings.measured) : []),
    ofMicrophone(findings.microphone),
    ofCamera(findings.camera),
  ].filter((verdict) => verdict !== null);
  const found = verdicts.find(({ level }) => level === "bad") ?? verdicts[0];
  return found ?? { level: "good", words: goodWords(findings.measured), remedy: null };
}

function ofPaths({ paths, hasVoice, isOwnMachine }: Findings): Verdict | null {
  const outcomeOf = (kind: PathKind) => paths.find(({ path }) => path === kind)?.outcome;
  if (paths.some(({ outcome }) => outcome === "refused")) {
    return bad(
      "The server does not answer a check just now.",
      "Try again in a minute. You can join all the same.",
    );
  }
  if (!paths.some(({ outcome }) => outcome === "open")) {
    if (isOwnMachine) return OWN_MACHINE;
    return hasVoice ? SOUND_ONLY : NOTHING;
  }
  if (outcomeOf("udp") !== "blocked") return null;
  return {
    level: "fair",
    words: "Your network blocks direct video. The call takes another way; it may be less smooth.",
    remedy: OTHER_NETWORK,
  };
}

function ofFigures({ lossPercent, roundTripMs, uplinkKbps }: Measured): (Verdict | null)[] {
  return [
    beyond(lossPercent, LOSS_PERCENT, (loss) => ({
      words: `Your connection loses ${Math.round(loss)} % of what you send.`,
      remedy: NEARER,
    })),
    beyond(roundTripMs, ROUND_TRIP_MS, (ms) => ({
      words: `Your connection is slow: there and back takes ${Math.round(ms)} ms.`,
      remedy: "Switch off a VPN if you use one, or take another network.",
    })),
    below(uplinkKbps, UPLINK_KBPS, (kbps) => ({
      words: `Your connection carries ${Math.round(kbps)} kbit/s: enough for your voice, and little for a picture.`,
      remedy: NEARER,
    })),
  ];
}

function ofMicrophone(microphone: MicrophoneFinding): Verdict | null {
  if (microphone !== "silent") return null;
  return bad(
    "Your connection is good, but nothing was heard from your microphone.",
    "Choose another microphone, or see whether yours has a switch of its own. Then say a few words while you check again.",
  );
}

function ofCamera(camera: CameraFinding): Verdict | null {
  if (camera !== "black") return null;
  return {
    level: "fair",
    words: "Your connection is good, but the picture of your camera is black.",
    remedy: "Open the camera's cover, or choose another camera.",
  };
}

type Words = Pick<Verdict, "words" | "remedy">;
type Steps = readonly [number, number];

function beyond(
  value: number | null,
  [fair, limit]: Steps,
  tell: (value: number) => Words,
): Verdict | null {
  if (value === null || value <= fair) return null;
  return { level: value > limit ? "bad" : "fair", ...tell(value) };
}

function below(value: number | null, [fair, limit]: Steps, tell: (value: number) => Words) {
  if (value === null || value >= fair) return null;
  return { level: value < limit ? ("bad" as const) : ("fair" as const), ...tell(value) };
}

function bad(words: string, remedy: string): Verdict {
  return { level: "bad", words, remedy };
}

function goodWords(measured: Measured | null): string {
  if (measured?.roundTripMs == null) return "Your connection is good.";
  const lost = measured.lossPercent === null ? "" : ", and next to nothing is lost";
  return `Your connection is good: there and back takes ${Math.round(measured.roundTripMs)} ms${lost}.`;
}
