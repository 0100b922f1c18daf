import { Button } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import type { Interview, Invitation, Role } from "../../client/api";
import type { Interviews } from "../../state/interviews";
import { capitalized, formatDistance, formatWhen } from "../../ui";
import { CopyLink } from "./CopyLink";
import classes from "./InterviewCard.module.css";
import { InterviewMenu } from "./InterviewMenu";
import { ROLES } from "./roles";
import { useLinks } from "./use-links";

interface InterviewCardProps {
  readonly interview: Interview;
  readonly interviews: Interviews;
  readonly isNew?: boolean;
}

/** One interview: when, its three links, and the way in. */
export function InterviewCard({ interview, interviews, isNew = false }: InterviewCardProps) {
  const isOver = interview.state === "ended";
  return (
    <li className={classes.card} data-new={isNew || undefined} data-over={isOver || undefined}>
      <div className={classes.words}>
        <h3 className={classes.title}>{interview.title}</h3>
        <p className={classes.facts}>
          <State interview={interview} />
        </p>
      </div>
      {isOver ? (
        <Button
          component="a"
          href={`/i/${encodeURIComponent(interview.id)}`}
          variant="default"
          aria-label={`How the call of ${interview.title} went`}
        >
          Call report
        </Button>
      ) : (
        <Actions interview={interview} interviews={interviews} />
      )}
    </li>
  );
}

function Actions({ interview, interviews }: Omit<InterviewCardProps, "isNew">) {
  const { links, replace } = useLinks(interviews, interview.id);
  return (
    <div className={classes.actions}>
      <Links links={links} />
      <Button
        component="a"
        href={`/i/${encodeURIComponent(interview.id)}`}
        variant="default"
        aria-label={`Open ${interview.title}`}
        rightSection={<IconArrowRight size={15} stroke={1.8} />}
      >
        Open
      </Button>
      <InterviewMenu
        interview={interview}
        onReplaceLink={replace}
        onEnd={() => interviews.end(interview.id)}
      />
    </div>
  );
}

function State({ interview }: { readonly interview: Interview }) {
  const { state, scheduled_at, duration_min, created_at, ended_at } = interview;
  const now = Date.now();
  if (state === "live") {
    return (
      <>
        <span className={classes.live} aria-hidden="true" /> Live now
      </>
    );
  }
  if (state === "ended") return <>Ended {formatWhen(ended_at ?? created_at, now)}</>;
  if (scheduled_at === null) return <>Any time · created {formatWhen(created_at, now)}</>;
  const parts = [
    capitalized(formatWhen(scheduled_at, now)),
    formatDistance(scheduled_at, now),
    duration_min && `${duration_min} min`,
  ];
  return <>{parts.filter(Boolean).join(" · ")}</>;
}

function Links({ links }: { readonly links: readonly Invitation[] }) {
  return (
    <fieldset className={classes.links} aria-label="Copy a link">
      <span className={classes.legend} aria-hidden="true">
        Copy link
      </span>
      {ROLES.map((role) => (
        <CopyLink key={role} role={role} url={urlOf(links, role)} />
      ))}
    </fieldset>
  );
}

function urlOf(links: readonly Invitation[], role: Role): string | undefined {
  return links.find((link) => link.role === role)?.url;
}
