import { ActionIcon, Button, CloseButton, Tooltip } from "@mantine/core";
import { IconEye, IconFlag, IconPlayerPlay, IconVideoOff } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { ColorSchemeSwitch, countOf, formatElapsed, Question } from "../../ui";
import { SaveStatus } from "../editor";
import { ConnectionQuality } from "./ConnectionQuality";
import { useParts, useRoom, useSession, useView } from "./context";
import classes from "./Header.module.css";
import { complain } from "./notices";
import { Settings } from "./Settings";

const SECOND_MS = 1_000;

/** Which interview this is, how long it has been going, and whether all is saved. */
export function Header({ isPhone }: { readonly isPhone: boolean }) {
  const session = useSession();
  const title = useRoom((room) => room.interview.title);
  return (
    <header className={classes.header}>
      <h1 className={classes.title}>{title}</h1>
      <Clock />
      <div className={classes.right}>
        {!isPhone && <Following />}
        {!isPhone && <Observers />}
        <SoundOnly isPhone={isPhone} />
        <ConnectionQuality />
        <SaveStatus collab={session.collab} />
        <Progress isPhone={isPhone} />
        <Settings />
        {!isPhone && <ColorSchemeSwitch />}
      </div>
    </header>
  );
}

/** The time since the start, by the server's clock. */
function Clock() {
  const { startedAt, state, offset } = useRoom((room) => ({
    startedAt: room.interview.started_at,
    state: room.interview.state,
    offset: room.clockOffsetMs,
  }));
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, []);
  if (state === "scheduled" || startedAt === null) {
    return <span className={classes.waiting}>Not started</span>;
  }
  return (
    <span className={classes.clock}>
      <span className={classes.live} aria-hidden="true" />
      Live
      <span role="timer" aria-label="Elapsed time" className="vv-number">
        {formatElapsed(now + offset - startedAt)}
      </span>
    </span>
  );
}

/** Whose cursor one follows, until one touches the editor oneself. */
function Following() {
  const { view } = useParts();
  const follow = useView((v) => v.follow);
  const person = useRoom((room) => room.participants.find(({ id }) => id === follow));
  if (!person) return null;
  return (
    <span className={classes.following} style={{ "--person": person.color } as React.CSSProperties}>
      Following {person.name}
      <CloseButton
        size="xs"
        aria-label={`Stop following ${person.name}`}
        onClick={() => view.setState({ follow: null })}
      />
    </span>
  );
}

function Observers() {
  const names = useRoom((room) =>
    room.participants.filter(({ role }) => role === "observer").map(({ name }) => name),
  );
  if (names.length === 0) return null;
  return (
    <Tooltip label={names.join(", ")}>
      <span className={classes.fact}>
        <IconEye size={16} stroke={1.7} aria-hidden="true" />
        {countOf(names.length, "observer", "observers")}
      </span>
    </Tooltip>
  );
}

/** This person sees nobody because they chose so; one click brings the pictures back. */
function SoundOnly({ isPhone }: { readonly isPhone: boolean }) {
  const session = useSession();
  const wantsVideo = useRoom((room) => room.wantsVideo);
  if (wantsVideo) return null;
  const words = "Sound only. Receive video";
  const receive = () => session.wantVideo(true);
  const icon = <IconVideoOff size={15} stroke={1.8} />;
  if (isPhone) {
    return (
      <ActionIcon variant="default" size={28} aria-label={words} onClick={receive}>
        {icon}
      </ActionIcon>
    );
  }
  return (
    <Button size="compact-sm" variant="default" leftSection={icon} onClick={receive}>
      {words}
    </Button>
  );
}

/** Interviewers start and end the interview. */
function Progress({ isPhone }: { readonly isPhone: boolean }) {
  const { state, mayStart, mayEnd } = useRoom((room) => ({
    state: room.interview.state,
    mayStart: room.rights.has("start_interview"),
    mayEnd: room.rights.has("end_interview"),
  }));
  const [isEnding, setIsEnding] = useState(false);
  const session = useSession();
  if (!mayEnd) return null;
  return (
    <>
      {state === "scheduled" && mayStart ? (
        <Button
          size="compact-sm"
          aria-label="Start interview"
          leftSection={<IconPlayerPlay size={15} stroke={1.8} />}
          onClick={() => void session.startInterview().catch(complain)}
        >
          {isPhone ? "Start" : "Start interview"}
        </Button>
      ) : (
        <Button
          size="compact-sm"
          variant="default"
          aria-label="End interview…"
          leftSection={isPhone ? null : <IconFlag size={15} stroke={1.8} />}
          onClick={() => setIsEnding(true)}
        >
          {isPhone ? "End…" : "End interview…"}
        </Button>
      )}
      <Question
        isOpen={isEnding}
        onClose={() => setIsEnding(false)}
        title="End the interview?"
        yes="End interview"
        no="Go on"
        first="yes"
        onYes={() => void session.endInterview().catch(complain)}
      >
        The call closes for everybody and nobody can come back. What was written stays saved.
      </Question>
    </>
  );
}
