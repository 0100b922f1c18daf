import { Button, Text, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { Greeting } from "../../client/api";
import type { Stage, Visit } from "../../state/visit";
import { capitalized, formatWhen, Hint, Page } from "../../ui";
import { DevicePickers, DeviceProblems } from "../devices";
import { ConnectionLine } from "./ConnectionLine";
import { Doctor } from "./Doctor";
import classes from "./GreenRoom.module.css";
import { Preview } from "./Preview";

const NAME_LENGTH_MAX = 60;

interface GreenRoomProps {
  readonly visit: Visit;
  readonly stage: Extract<Stage, { at: "greenroom" }>;
  /** This browser is in the room already, in another tab. */
  readonly isElsewhere: boolean;
}

const ELSEWHERE = "Go on in the other tab. If you join here as well, the others see you twice.";

/** Before the room: see yourself, choose devices, say your name, know what is recorded, join. */
export function GreenRoom({ visit, stage, isElsewhere }: GreenRoomProps) {
  const { greeting } = stage;
  const isObserver = greeting.role === "observer";
  useEffect(() => {
    document.title = `${greeting.interview.title} · Vivavoce`;
  }, [greeting]);
  return (
    <Page>
      <div className={classes.room} data-single={isObserver || undefined}>
        <Heading greeting={greeting} />
        {!isObserver && <Preview devices={visit.devices} />}
        <JoinForm visit={visit} stage={stage} isElsewhere={isElsewhere} />
        {!isObserver && (
          <div className={classes.devices}>
            <DevicePickers devices={visit.devices} />
          </div>
        )}
      </div>
    </Page>
  );
}

function Heading({ greeting: { interview, role } }: { readonly greeting: Greeting }) {
  const facts = [
    interview.scheduled_at && capitalized(formatWhen(interview.scheduled_at, Date.now())),
    interview.duration_min && `${interview.duration_min} minutes`,
    role !== "candidate" && `you join as ${role === "observer" ? "an observer" : "interviewer"}`,
  ].filter(Boolean);
  return (
    <div className={classes.heading}>
      <h1 className={classes.title}>{interview.title}</h1>
      <p className={classes.facts}>{facts.join(" · ")}</p>
    </div>
  );
}

function JoinForm({ visit, stage, isElsewhere }: GreenRoomProps) {
  const { name, setName, problem, field, submit } = useName(visit);
  const { asking } = useStore(visit.devices.store);
  const isObserver = stage.greeting.role === "observer";
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextInput
        label="Your name"
        placeholder="As the others should see it"
        value={name}
        maxLength={NAME_LENGTH_MAX}
        autoComplete="name"
        error={problem}
        ref={field}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {!isObserver && <DeviceProblems devices={visit.devices} />}
      <Notice isObserver={isObserver} />
      {isElsewhere && <Hint title="You are in this interview already" steps={[ELSEWHERE]} />}
      {stage.problem && <Hint title="The room did not open" steps={[stage.problem]} />}
      <Button type="submit" size="md" fullWidth loading={stage.isJoining && asking !== "asking"}>
        {asking === "asking" && stage.isJoining ? "Answer the browser's question…" : "Join"}
      </Button>
      <ConnectionLine />
      <Doctor visit={visit} />
    </form>
  );
}

/** The name, and the way in with it; without one, what is missing is said where it is missing. */
function useName(visit: Visit) {
  const [name, setName] = useState(visit.name);
  const [isMissed, setIsMissed] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  // On a phone this would only push the keyboard over the page.
  useEffect(() => {
    if (matchMedia("(hover: hover)").matches) field.current?.focus();
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const isEmpty = name.trim() === "";
    setIsMissed(isEmpty);
    if (isEmpty) field.current?.focus();
    else void visit.join(name.trim());
  };
  const problem = isMissed && name.trim() === "" ? "Type your name, then press Join." : null;
  return { name, setName, problem, field, submit };
}

function Notice({ isObserver }: { readonly isObserver: boolean }) {
  return (
    <Text size="sm" c="dimmed" className={classes.notice}>
      {isObserver
        ? "You see and hear everything and send nothing. The others are told that you are there. Figures of your connection are kept with the interview."
        : "Nothing is recorded as sound or picture. What is typed in the shared editor is kept with the interview, and so are figures of your connection."}
    </Text>
  );
}
