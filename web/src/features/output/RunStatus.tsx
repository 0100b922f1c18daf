/** One line about the run: who started what, how far it is, how it ended. */
import { IconAlertTriangle, IconCheck, IconClock, IconDots, IconX } from "@tabler/icons-react";
import type { LanguageInfo, Run, RunsState } from "../../client/runs";
import { formatBytes, formatDuration } from "./figures";
import classes from "./OutputPane.module.css";

export function RunStatus({ state }: { readonly state: RunsState }) {
  const { run, refusal, languages } = state;
  return (
    <div className={classes.status}>
      <div aria-live="polite" className={classes.sentence}>
        {refusal !== null ? (
          <Statement tone="warn" text={refusal} />
        ) : (
          run && <Progress run={run} languages={languages} />
        )}
      </div>
      {run && <Figures run={run} />}
    </div>
  );
}

interface ProgressProps {
  readonly run: Run;
  readonly languages: readonly LanguageInfo[];
}

function Progress({ run, languages }: ProgressProps) {
  const label = languages.find(({ id }) => id === run.language)?.label ?? run.language;
  if (run.phase === "queued" && run.ahead > 0) return <Statement tone="wait" text={placeOf(run)} />;
  if (run.phase === "queued") return <Statement tone="busy" text={`Starting ${run.entry}…`} />;
  if (run.phase === "compile") return <Statement tone="busy" text={`Compiling ${label}…`} />;
  if (run.phase === "run") return <Statement tone="busy" text={`Running ${run.entry}…`} />;
  const tone = run.result?.verdict === "ok" ? "good" : toneOf(run);
  return <Statement tone={tone} text={run.result?.sentence ?? "Ended."} />;
}

function placeOf({ ahead }: Run): string {
  const others = ahead === 1 ? "One program of another room comes" : `${ahead} programs come`;
  return `${others} first. Yours starts by itself.`;
}

function toneOf({ result }: Run): Tone {
  return result?.verdict === "cancelled" ? "wait" : "bad";
}

type Tone = "good" | "bad" | "warn" | "wait" | "busy";

const ICONS = {
  good: IconCheck,
  bad: IconX,
  warn: IconAlertTriangle,
  wait: IconClock,
  busy: IconDots,
} as const;

function Statement({ tone, text }: { readonly tone: Tone; readonly text: string }) {
  const Icon = ICONS[tone];
  return (
    <span className={classes.statement} data-tone={tone}>
      <Icon size={16} stroke={1.75} aria-hidden />
      <span>{text}</span>
    </span>
  );
}

function Figures({ run }: { readonly run: Run }) {
  const { result, byName, entry } = run;
  const isTimeTold = result?.verdict === "ok" || result?.verdict === "cancelled";
  return (
    <span className={classes.figures}>
      <span className={classes.who} title={`${byName} ran ${entry}`}>
        {byName} ran {entry}
      </span>
      {result && !isTimeTold && (
        <span title="Time from start to end">{formatDuration(result.wall_ms)}</span>
      )}
      {result?.peak_bytes != null && (
        <span title="Most memory at any moment">{formatBytes(result.peak_bytes)}</span>
      )}
    </span>
  );
}
