import { Button } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCheck,
  IconMinus,
  IconStethoscope,
  IconX,
} from "@tabler/icons-react";
import { useState } from "react";
import type { CheckResult, Outcome, PathKind } from "../../client/check";
import type { Visit } from "../../state/visit";
import classes from "./Doctor.module.css";

const PATH_NAMES: Readonly<Record<PathKind, string>> = {
  udp: "Direct (UDP)",
  tcp: "Direct (TCP)",
  tls: "Relayed like a web page (TLS)",
  relay: "Relayed by another server (TURN)",
};
const OUTCOMES: Readonly<Record<Outcome, string>> = {
  open: "works",
  blocked: "blocked by your network",
  not_offered: "not offered by this server",
  refused: "the server did not answer",
};

type Stage =
  | { readonly is: "idle" }
  | { readonly is: "running"; readonly path: PathKind | null }
  | { readonly is: "done"; readonly result: CheckResult };

/** A real look at the connection before anybody waits: which ways are open, how well, and what to do. */
export function Doctor({ visit }: { readonly visit: Visit }) {
  const [stage, setStage] = useState<Stage>({ is: "idle" });
  const isRunning = stage.is === "running";
  const check = async () => {
    setStage({ is: "running", path: null });
    const result = await visit.check((path) => setStage({ is: "running", path }));
    setStage({ is: "done", result });
  };
  return (
    <section className={classes.doctor} aria-label="Connection check">
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        leftSection={<IconStethoscope size={16} stroke={1.7} />}
        disabled={isRunning}
        onClick={() => void check()}
      >
        {stage.is === "done" ? "Check again" : "Check my connection"}
      </Button>
      <div role="status" className={classes.words}>
        {stage.is === "running" && <Running path={stage.path} />}
        {stage.is === "done" && <Sentence result={stage.result} />}
      </div>
      {stage.is === "done" && <Details result={stage.result} />}
    </section>
  );
}

function Running({ path }: { readonly path: PathKind | null }) {
  return (
    <p className={classes.running}>
      Checking{path === null ? "" : `: ${PATH_NAMES[path]}`}… Say a few words meanwhile.
    </p>
  );
}

function Sentence({ result: { verdict } }: { readonly result: CheckResult }) {
  const Icon = verdict.level === "good" ? IconCheck : IconAlertTriangle;
  return (
    <div className={classes.verdict} data-level={verdict.level}>
      <Icon size={18} stroke={1.8} aria-hidden="true" />
      <div>
        <p>{verdict.words}</p>
        {verdict.remedy && <p className={classes.remedy}>{verdict.remedy}</p>}
      </div>
    </div>
  );
}

function Details({ result }: { readonly result: CheckResult }) {
  return (
    <ul className={classes.details}>
      {result.paths.map(({ path, outcome }) => (
        <li key={path} data-outcome={outcome}>
          <Sign outcome={outcome} />
          {PATH_NAMES[path]}: {OUTCOMES[outcome]}
        </li>
      ))}
      {sentencesOf(result).map(({ words, isFine }) => (
        <li key={words} data-outcome={isFine ? "open" : "blocked"}>
          <Sign outcome={isFine ? "open" : "blocked"} />
          {words}
        </li>
      ))}
    </ul>
  );
}

function Sign({ outcome }: { readonly outcome: Outcome }) {
  const Icon = outcome === "open" ? IconCheck : outcome === "not_offered" ? IconMinus : IconX;
  return <Icon className={classes.sign} size={15} stroke={1.8} aria-hidden="true" />;
}

/** Figures and devices, as far as they were looked at. */
function sentencesOf({ measured, microphone, camera }: CheckResult) {
  const figures = [
    measured?.roundTripMs == null ? null : `there and back ${Math.round(measured.roundTripMs)} ms`,
    measured?.lossPercent == null
      ? null
      : `${measured.lossPercent.toFixed(1)} % lost on the way up`,
    measured?.uplinkKbps == null ? null : `about ${Math.round(measured.uplinkKbps)} kbit/s up`,
  ].filter((figure) => figure !== null);
  const sentences = [
    { words: `Measured: ${figures.join(", ")}`, isFine: true, isSaid: figures.length > 0 },
    { words: "Microphone: heard", isFine: true, isSaid: microphone === "heard" },
    { words: "Microphone: nothing was heard", isFine: false, isSaid: microphone === "silent" },
    { words: "Camera: gives a picture", isFine: true, isSaid: camera === "seen" },
    { words: "Camera: the picture is black", isFine: false, isSaid: camera === "black" },
  ];
  return sentences.filter(({ isSaid }) => isSaid);
}
