import { ActionIcon, Button, Menu, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconArrowRight, IconDots, IconFlag } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { ApiError, type Interview, type Invitation } from "../../client/api";
import type { Interviews } from "../../state/interviews";
import { Dialog, formatDistance, formatWhen } from "../../ui";
import { CopyLink } from "./CopyLink";
import classes from "./InterviewCard.module.css";

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
      {!isOver && (
        <div className={classes.actions}>
          <Links id={interview.id} interviews={interviews} />
          <Button
            component="a"
            href={`/i/${encodeURIComponent(interview.id)}`}
            variant="default"
            aria-label={`Open ${interview.title}`}
            rightSection={<IconArrowRight size={15} stroke={1.8} />}
          >
            Open
          </Button>
          <More interview={interview} interviews={interviews} />
        </div>
      )}
    </li>
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
    formatWhen(scheduled_at, now),
    formatDistance(scheduled_at, now),
    duration_min && `${duration_min} min`,
  ];
  return <>{parts.filter(Boolean).join(" · ")}</>;
}

const ROLES = ["candidate", "interviewer", "observer"] as const;

function Links({ id, interviews }: { readonly id: string; readonly interviews: Interviews }) {
  const [links, setLinks] = useState<readonly Invitation[]>([]);
  useEffect(() => {
    let isGone = false;
    // Without links the card still opens the room; the next refresh of the page tries again.
    interviews.links(id).then(
      (found) => !isGone && setLinks(found),
      () => {},
    );
    return () => {
      isGone = true;
    };
  }, [id, interviews]);
  return (
    <fieldset className={classes.links} aria-label="Copy a link">
      <span className={classes.legend} aria-hidden="true">
        Copy the link for
      </span>
      {ROLES.map((role) => (
        <CopyLink key={role} role={role} url={links.find((link) => link.role === role)?.url} />
      ))}
    </fieldset>
  );
}

interface MoreProps {
  readonly interview: Interview;
  readonly interviews: Interviews;
}

function More({ interview, interviews }: MoreProps) {
  const [isAsking, question] = useDisclosure(false);
  const end = () => {
    question.close();
    interviews.end(interview.id).catch((error: unknown) =>
      notifications.show({
        color: "red",
        message: error instanceof ApiError ? error.message : "The interview could not be ended.",
      }),
    );
  };
  return (
    <>
      <Menu position="bottom-end" width={180}>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={36}
            aria-label={`More about ${interview.title}`}
          >
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            color="red"
            leftSection={<IconFlag size={15} stroke={1.8} />}
            onClick={question.open}
          >
            End interview…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Dialog isOpen={isAsking} onClose={question.close} title="End the interview?" width={420}>
        <Text size="sm" c="dimmed">
          “{interview.title}” closes for everybody, and its links stop working. What was written
          stays saved.
        </Text>
        <div className={classes.answers}>
          <Button variant="default" onClick={question.close}>
            Keep it
          </Button>
          <Button color="red.8" onClick={end} data-autofocus>
            End interview
          </Button>
        </div>
      </Dialog>
    </>
  );
}
