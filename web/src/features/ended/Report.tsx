import { Button, Skeleton } from "@mantine/core";
import { IconDownload, IconRefresh } from "@tabler/icons-react";
import { useCallback, useEffect, useState } from "react";
import { ApiError, type CallReport, type ParticipantReport } from "../../client/api";
import { capitalized, Initials } from "../../ui";
import { figuresOf } from "./figures";
import classes from "./Report.module.css";

const ICON = { size: 15, stroke: 1.8 } as const;

/** Where reports and logs come from. */
export interface Reports {
  report(): Promise<CallReport>;
  callLog(): Promise<Blob>;
}

/** How the call went for each participant, in one sentence and in figures. */
export function Report({ reports }: { readonly reports: Reports }) {
  const { report, problem, load } = useReport(reports);
  return (
    <section className={classes.report} aria-labelledby="call-report">
      <div className={classes.head}>
        <h2 id="call-report" className={classes.title}>
          How the call went
        </h2>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<IconRefresh {...ICON} />}
          onClick={load}
        >
          Refresh
        </Button>
        <DownloadLog reports={reports} />
      </div>
      {problem && <p role="alert">{problem}</p>}
      {!report && !problem && <Skeleton height={84} radius={12} />}
      {report && (
        <>
          <p className={classes.verdict} data-level={report.level}>
            {report.verdict}
          </p>
          <ul className={classes.people}>
            {report.participants.map((each) => (
              <PersonReport key={each.participant} report={each} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function PersonReport({ report }: { readonly report: ParticipantReport }) {
  const { name, role, level, findings } = report;
  return (
    <li className={classes.person}>
      <div className={classes.who}>
        <Initials name={name} color="var(--vv-accent)" size={28} />
        <h3 className={classes.name}>{name}</h3>
        <span className={classes.role}>{capitalized(role)}</span>
      </div>
      <ul className={classes.findings} data-level={level}>
        {findings.map((finding) => (
          <li key={finding}>{finding}</li>
        ))}
      </ul>
      <dl className={classes.figures}>
        {figuresOf(report).map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd className="vv-number">{value}</dd>
          </div>
        ))}
      </dl>
    </li>
  );
}

function useReport(reports: Reports) {
  const [report, setReport] = useState<CallReport | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const load = useCallback(() => {
    reports
      .report()
      .then((made) => {
        setReport(made);
        setProblem(null);
      })
      .catch((error: unknown) => setProblem(sentenceOf(error)));
  }, [reports]);
  useEffect(load, [load]);
  return { report, problem, load };
}

function DownloadLog({ reports }: { readonly reports: Reports }) {
  const [problem, setProblem] = useState<string | null>(null);
  const download = async () => {
    try {
      save(await reports.callLog());
      setProblem(null);
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  };
  return (
    <>
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<IconDownload {...ICON} />}
        onClick={() => void download()}
      >
        Download log
      </Button>
      {problem && <span role="alert">{problem}</span>}
    </>
  );
}

function save(log: Blob) {
  const url = URL.createObjectURL(log);
  const link = Object.assign(document.createElement("a"), {
    href: url,
    download: "call-log.jsonl",
  });
  link.click();
  URL.revokeObjectURL(url);
}

function sentenceOf(error: unknown): string {
  return error instanceof ApiError ? error.message : "The report could not be loaded.";
}
