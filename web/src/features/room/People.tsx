import { IconMicrophone, IconMicrophoneOff, IconVideo, IconVideoOff } from "@tabler/icons-react";
import type { Participant, Role } from "../../client/signaling";
import { connectionOf } from "../../state/connections";
import { capitalized, countOf, Initials } from "../../ui";
import { PersonBars } from "./ConnectionQuality";
import { useRoom } from "./context";
import classes from "./People.module.css";
import { PersonMenu } from "./PersonMenu";

const ROLE_NAMES: Readonly<Record<Role, string>> = {
  interviewer: "Interviewer",
  candidate: "Candidate",
  observer: "Observer",
};

/** Everybody who is here; observers are named, so that nobody is watched unknowingly. */
export function People() {
  const participants = useRoom((room) => room.participants);
  const here = participants.filter(({ role }) => role !== "observer");
  const observers = participants.filter(({ role }) => role === "observer");
  return (
    <div className={classes.people}>
      <ul className={classes.list} aria-label="In the call">
        {here.map((participant) => (
          <Person key={participant.id} participant={participant} />
        ))}
      </ul>
      {observers.length > 0 && (
        <>
          <h3 className={classes.heading}>{countOf(observers.length, "observer", "observers")}</h3>
          <ul className={classes.list} aria-label="Observers">
            {observers.map((participant) => (
              <Person key={participant.id} participant={participant} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Person({ participant }: { readonly participant: Participant }) {
  const { id, name, role, color, tracks, connected } = participant;
  const you = useRoom((room) => room.you);
  const because = useRoom((room) => connectionOf(room, id)?.because ?? null);
  const icon = { size: 16, stroke: 1.7, role: "img" } as const;
  const isObserver = role === "observer";
  return (
    <li className={classes.person} data-away={!connected || undefined}>
      <Initials name={name} color={color} size={30} />
      <div className={classes.words}>
        <div className={classes.name}>{id === you ? `${name} (you)` : name}</div>
        <div className={classes.role}>{connected ? ROLE_NAMES[role] : "Reconnecting…"}</div>
        {because && <div className={classes.because}>{capitalized(because)}</div>}
      </div>
      <PersonBars id={id} />
      {!isObserver &&
        (tracks.microphone ? (
          <IconMicrophone {...icon} aria-label="Microphone on" />
        ) : (
          <IconMicrophoneOff {...icon} className={classes.off} aria-label="Microphone off" />
        ))}
      {!isObserver &&
        (tracks.camera ? (
          <IconVideo {...icon} aria-label="Camera on" />
        ) : (
          <IconVideoOff {...icon} className={classes.off} aria-label="Camera off" />
        ))}
      {id !== you && <PersonMenu participant={participant} className={classes.more ?? ""} />}
    </li>
  );
}
