/** The whole check: each path that the server offers, figures of the first that is open, and the devices. */
import { isOwnMachine } from "../media";
import { hasVoice } from "../voice";
import { listen, lookAt } from "./devices";
import { offeredPaths, PATHS, type PathKind, relaysFor } from "./paths";
import { createPattern } from "./pattern";
import { type CheckApi, type Probe, probe } from "./probe";
import { type Findings, type Measured, type PathResult, type Verdict, verdictOf } from "./verdict";

export interface CheckOptions {
  readonly api: CheckApi;
  /** Null where it is off or missing. */
  readonly microphone: MediaStreamTrack | null;
  readonly camera: MediaStreamTrack | null;
  readonly onPath: (path: PathKind) => void;
}

export interface CheckResult extends Findings {
  readonly verdict: Verdict;
}

/** Call it on a click. It never rejects: what fails is a finding. */
export async function checkConnection(options: CheckOptions): Promise<CheckResult> {
  const pattern = createPattern();
  const heard = listen(options.microphone);
  const seen = lookAt(options.camera).catch(() => "seen" as const);
  try {
    const { paths, measured } = await tryPaths(options, (path, isMeasured, relays) =>
      probe({ api: options.api, path, relays, pattern: isMeasured ? null : pattern }),
    );
    const devices = { microphone: heard(), camera: await seen };
    const means = { hasVoice: await hasVoice(), isOwnMachine: isOwnMachine(location.hostname) };
    const findings = { paths, measured, ...means, ...devices };
    return { ...findings, verdict: verdictOf(findings) };
  } finally {
    pattern.stop();
  }
}

type TryPath = (
  path: PathKind,
  isMeasured: boolean,
  relays: readonly RTCIceServer[],
) => Promise<Probe>;

/** One path after another, in their order; what the server offers it says with its first answer. */
export async function tryPaths(
  { onPath }: Pick<CheckOptions, "onPath">,
  tryPath: TryPath,
): Promise<Pick<Findings, "paths" | "measured">> {
  const paths: PathResult[] = [];
  let measured: Measured | null = null;
  let offered: ReadonlySet<PathKind> | null = null;
  let last: Probe | null = null;
  for (const path of PATHS) {
    if (offered !== null && !offered.has(path)) {
      // Few servers have another beside them, and nobody misses it.
      if (path !== "relay") paths.push({ path, outcome: "not_offered" });
      continue;
    }
    onPath(path);
    try {
      const relays = last ? relaysFor(path, last.answer, last.relays) : [];
      const tried: Probe = await tryPath(path, measured !== null, relays);
      last = tried;
      offered ??= offeredPaths(tried.answer, tried.relays);
      measured ??= tried.measured;
      paths.push({ path, outcome: outcomeOf(tried, offered.has(path)) });
    } catch {
      paths.push({ path, outcome: "refused" });
      if (offered === null) break; // what else there is cannot be known
    }
  }
  return { paths, measured };
}

function outcomeOf({ isOpen }: Probe, isOffered: boolean): PathResult["outcome"] {
  if (isOpen) return "open";
  return isOffered ? "blocked" : "not_offered";
}
