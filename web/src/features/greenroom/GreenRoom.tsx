import { Button, Text, TextInput } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { Greeting } from "../../client/api";
import type { Devices } from "../../state/devices";
import type { Stage, Visit } from "../../state/visit";
import { formatWhen, Hint, Page } from "../../ui";
import { DevicePickers, DeviceProblems } from "../devices";
import { ConnectionLine } from "./ConnectionLine";
import classes from "./GreenRoom.module.css";
import { Preview } from "./Preview";

const NAME_LENGTH_MAX = 60;

interface GreenRoomProps {
  readonly visit: Visit;
  readonly stage: Extract<Stage, { at: "greenroom" }>;
}

/** Before the room: see yourself, choose devices, say your name, know what is recorded, join. */
export function GreenRoom({ visit, stage }: GreenRoomProps) {
  const { greeting } = stage;
  const isObserver = greeting.role === "observer";
  useEffect(() => {
    document.title = `${greeting.interview.title} · Vivavoce`;
  }, [greeting]);
  return (
    <Page>
      <div className={classes.room}>
        <Heading greeting={greeting} />
        <div className={classes.columns} data-single={isObserver || undefined}>
          {!isObserver && <Preview devices={visit.devices} />}
          <JoinForm visit={visit} stage={stage} />
        </div>
      </div>
    </Page>
  );
}

function Heading({ greeting: { interview, role } }: { readonly greeting: Greeting }) {
  const facts = [
    interview.host && `with ${interview.host}`,
    interview.scheduled_at && formatWhen(interview.scheduled_at, Date.now()),
    interview.duration_min && `${interview.duration_min} min`,
    role !== "candidate" && `you join as ${role === "observer" ? "an observer" : "interviewer"}`,
  ].filter(Boolean);
  return (
    <div>
      <h1 className={classes.title}>{interview.title}</h1>
      <p className={classes.facts}>{facts.join(" · ")}</p>
    </div>
  );
}

function JoinForm({ visit, stage }: GreenRoomProps) {
  const [name, setName] = useState(visit.name);
  const { asking } = useStore(visit.devices.store);
  const isObserver = stage.greeting.role === "observer";
  const input = useRef<HTMLInputElement>(null);
  // On a phone this would only push the keyboard over the page.
  useEffect(() => {
    if (matchMedia("(hover: hover)").matches) input.current?.focus();
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void visit.join(name.trim());
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextInput
        label="Your name"
        placeholder="As the others should see it"
        value={name}
        maxLength={NAME_LENGTH_MAX}
        autoComplete="name"
        ref={input}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {!isObserver && <DeviceSection devices={visit.devices} />}
      <Notice isObserver={isObserver} />
      {stage.problem && <Hint title="The room did not open" steps={[stage.problem]} />}
      <Button
        type="submit"
        size="md"
        fullWidth
        disabled={name.trim() === ""}
        loading={stage.isJoining && asking !== "asking"}
      >
        {asking === "asking" && stage.isJoining ? "Answer the browser's question…" : "Join"}
      </Button>
      <ConnectionLine />
    </form>
  );
}

function DeviceSection({ devices }: { readonly devices: Devices }) {
  return (
    <>
      <DevicePickers devices={devices} />
      <DeviceProblems devices={devices} />
    </>
  );
}

function Notice({ isObserver }: { readonly isObserver: boolean }) {
  return (
    <Text size="sm" c="dimmed" className={classes.notice}>
      {isObserver
        ? "You see and hear everything and send nothing. The others are told that you are there."
        : "Nothing is recorded as sound or picture. What is typed in the shared editor is kept with the interview."}
    </Text>
  );
}
