import { Button } from "@mantine/core";
import { IconCheck, IconLink } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { Role } from "../../client/signaling";
import { useCopy } from "../../ui";
import classes from "./Alone.module.css";
import { useSession } from "./context";

const ICON = { size: 15, stroke: 1.8 } as const;

const WORDS: Readonly<Record<Role, string>> = {
  interviewer: "The candidate comes in with their link, without an account.",
  candidate: "You came first. Your interviewer sees you as soon as they are here.",
  observer: "You see and hear the others as soon as they come.",
};

/** Nobody else is in the room: who will come, and how they are called. */
export function Alone() {
  const session = useSession();
  const link = useCandidateLink();
  return (
    <div className={classes.alone}>
      <p className={classes.title}>Nobody else is here</p>
      <p>{WORDS[session.role]}</p>
      {link && <CopyCandidateLink url={link} />}
    </div>
  );
}

function CopyCandidateLink({ url }: { readonly url: string }) {
  const { state, copy } = useCopy();
  const isCopied = state === "copied";
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={isCopied ? <IconCheck {...ICON} /> : <IconLink {...ICON} />}
      onClick={() => copy(url)}
    >
      {isCopied ? "Copied" : "Copy candidate link"}
    </Button>
  );
}

/** Fetched before it is wanted: browsers copy only in the course of a click. */
function useCandidateLink(): string | null {
  const session = useSession();
  const [link, setLink] = useState<string | null>(null);
  useEffect(() => {
    let isCurrent = true;
    session.candidateLink().then(
      (url) => isCurrent && setLink(url),
      () => {}, // the home page has it too
    );
    return () => {
      isCurrent = false;
    };
  }, [session]);
  return link;
}
