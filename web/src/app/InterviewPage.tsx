import { lazy, useEffect, useState } from "react";
import { useStore } from "zustand";
import type { Api } from "../client/api";
import { GreenRoom } from "../features/greenroom";
import { createMemory, tabStorage } from "../state/memory";
import type { PreferencesStore } from "../state/preferences";
import { useOtherTab } from "../state/use-other-tab";
import { Visit } from "../state/visit";
import { secretOf } from "./route";

const loadRoom = () => import("../features/room");
const Room = lazy(loadRoom);
const Ended = lazy(() => import("../features/ended"));

interface InterviewPageProps {
  readonly api: Api;
  readonly interview: string;
  readonly preferences: PreferencesStore;
}

/** One interview's address: green room, room and end are stages of one visit. */
export function InterviewPage(props: InterviewPageProps) {
  const [visit, setVisit] = useState<Visit | null>(null);
  const { api, interview, preferences } = props;
  useEffect(() => {
    const memory = createMemory(interview, tabStorage());
    takeSecret((invitation) => memory.remember({ invitation }));
    const opened = new Visit({ api, interview, memory, preferences });
    setVisit(opened);
    void opened.open();
    return () => opened.dispose();
  }, [api, interview, preferences]);
  return visit && <CurrentStage visit={visit} interview={interview} />;
}

/** The link's secret leaves the address bar before anybody can see or share it. */
function takeSecret(keep: (secret: string) => void) {
  const secret = secretOf(location.hash);
  if (secret === null) return;
  keep(secret);
  history.replaceState(history.state, "", location.pathname);
}

interface CurrentStageProps {
  readonly visit: Visit;
  readonly interview: string;
}

function CurrentStage({ visit, interview }: CurrentStageProps) {
  const stage = useStore(visit.stage);
  const isElsewhere = useOtherTab(interview, stage.at === "room");
  useEffect(() => {
    if (stage.at === "greenroom") void loadRoom();
  }, [stage.at]);
  switch (stage.at) {
    case "opening":
      return null;
    case "greenroom":
      return <GreenRoom visit={visit} stage={stage} isElsewhere={isElsewhere} />;
    case "room":
      return <Room visit={visit} session={stage.session} />;
    default:
      return (
        <Ended
          stage={stage}
          onRejoin={() => void visit.rejoin()}
          hasHome={visit.isSignedIn}
          reports={visit.mayReadReport ? visit : null}
        />
      );
  }
}
