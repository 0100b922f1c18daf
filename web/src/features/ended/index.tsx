import { Button } from "@mantine/core";
import {
  IconAppWindow,
  IconCircleCheck,
  IconDoorExit,
  IconLinkOff,
  IconUserOff,
} from "@tabler/icons-react";
import { type ReactNode, useEffect } from "react";
import type { Ending } from "../../state/session";
import type { Stage } from "../../state/visit";
import { Page, Statement } from "../../ui";
import { Report, type Reports } from "./Report";

interface EndedProps {
  readonly stage: Extract<Stage, { at: "over" | "unavailable" }>;
  readonly onRejoin: () => void;
  /** Has a list of interviews to go back to. */
  readonly hasHome: boolean;
  /** Where the report on the call comes from; null for those who may not read it. */
  readonly reports: Reports | null;
}

interface Words {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly canRejoin: boolean;
}

const ICON = { size: 24, stroke: 1.6 } as const;

const WORDS: Readonly<Record<Ending, Words>> = {
  left: {
    icon: <IconDoorExit {...ICON} />,
    title: "You left the interview",
    text: "Your camera and microphone are off. What was written stays in the room, and you can go back as long as the interview goes on.",
    canRejoin: true,
  },
  ended: {
    icon: <IconCircleCheck {...ICON} />,
    title: "The interview has ended",
    text: "Your camera and microphone are off, and everything that was written is saved. Thank you for your time. You can close this page.",
    canRejoin: false,
  },
  removed: {
    icon: <IconUserOff {...ICON} />,
    title: "You were taken out of the room",
    text: "An interviewer ended your part in this interview. If you think that this was a mistake, write to whoever invited you.",
    canRejoin: false,
  },
  replaced: {
    icon: <IconAppWindow {...ICON} />,
    title: "The interview is open in another window",
    text: "You can be in the room once. Go on there, or come back into this window; the other one then closes.",
    canRejoin: true,
  },
  refused: {
    icon: <IconLinkOff {...ICON} />,
    title: "The room did not let you in",
    text: "Try again. If it stays like this, ask whoever invited you for a new link.",
    canRejoin: true,
  },
};

/** After the room, or instead of it. */
export default function Ended({ stage, onRejoin, hasHome, reports }: EndedProps) {
  useEffect(() => {
    document.title = stage.at === "over" ? `${stage.title} · Vivavoce` : "Vivavoce";
  }, [stage]);
  if (stage.at === "unavailable") return <Unavailable stage={stage} />;
  const { icon, title, text, canRejoin } = WORDS[stage.ending];
  const isReported = reports !== null && (stage.ending === "ended" || stage.ending === "left");
  return (
    <Page isCentered={!isReported}>
      <Statement
        icon={icon}
        title={title}
        action={
          (canRejoin || hasHome) && (
            <>
              {canRejoin && <Button onClick={onRejoin}>Rejoin</Button>}
              {hasHome && (
                <Button component="a" href="/" variant="default">
                  Your interviews
                </Button>
              )}
            </>
          )
        }
      >
        {stage.ending === "refused" && stage.message ? `${stage.message} ` : ""}
        {text}
      </Statement>
      {isReported && <Report reports={reports} />}
    </Page>
  );
}

function Unavailable({ stage }: { readonly stage: Extract<Stage, { at: "unavailable" }> }) {
  const reload = <Button onClick={() => location.reload()}>Try again</Button>;
  return (
    <Page isCentered>
      <Statement
        icon={<IconLinkOff size={24} stroke={1.6} />}
        title={stage.code === "unreachable" ? "No connection" : "This link does not open a room"}
        action={reload}
      >
        {stage.message}
      </Statement>
    </Page>
  );
}
