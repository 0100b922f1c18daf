import { useMediaQuery } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { RoomSession } from "../../state/session";
import type { Visit } from "../../state/visit";
import { Banner } from "./Banner";
import { Controls } from "./Controls";
import { RoomContext, useParts, useRoom } from "./context";
import { DesktopBody } from "./DesktopBody";
import { useDeeds, useShortcuts } from "./deeds";
import { Header } from "./Header";
import { HelpSheet } from "./HelpSheet";
import { MutedSpeech } from "./MutedSpeech";
import { tell } from "./notices";
import { PhoneBody } from "./PhoneBody";
import classes from "./Room.module.css";
import { SilentMicrophone } from "./SilentMicrophone";
import { Sound } from "./Sound";
import { createView } from "./view";

const PHONE_QUERY = "(max-width: 720px)";

interface RoomProps {
  readonly visit: Visit;
  readonly session: RoomSession;
}

/** The room: everything of one stay. */
export function Room({ visit, session }: RoomProps) {
  const parts = useMemo(() => ({ session, view: createView(innerWidth) }), [session]);
  useEffect(() => {
    visit.onNotice = tell;
  }, [visit]);
  return (
    <RoomContext value={parts}>
      <Interior />
    </RoomContext>
  );
}

function Interior() {
  const isPhone = useMediaQuery(PHONE_QUERY, matchMedia(PHONE_QUERY).matches) ?? false;
  const act = useDeeds();
  useShortcuts(act);
  useTitle();
  useLeavingGuard();
  const { isBlocked, attempt, block, allow } = useSoundPermission();
  return (
    <div className={classes.room}>
      <Header isPhone={isPhone} />
      <Banner isSoundBlocked={isBlocked} onAllowSound={allow} />
      <main className={classes.body}>{isPhone ? <PhoneBody /> : <DesktopBody />}</main>
      <Controls act={act} isPhone={isPhone} />
      <HelpSheet />
      <MutedSpeech />
      <SilentMicrophone />
      <Sound onBlocked={block} attempt={attempt} />
    </div>
  );
}

function useTitle() {
  const title = useRoom((room) => room.interview.title);
  useEffect(() => {
    document.title = `${title} · Vivavoce`;
  }, [title]);
}

/** Closing the page would lose what neither the server nor this device has kept. */
function useLeavingGuard() {
  const { session } = useParts();
  useEffect(() => {
    const guard = (event: BeforeUnloadEvent) => {
      const { saving } = session.collab.store.getState();
      if (saving === "unsafe" || saving === "refused") event.preventDefault();
    };
    addEventListener("beforeunload", guard);
    return () => removeEventListener("beforeunload", guard);
  }, [session]);
}

/** Browsers may hold sound back until a click; a change of `attempt` plays it again. */
function useSoundPermission() {
  const [isBlocked, setIsBlocked] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const block = useCallback(() => setIsBlocked(true), []);
  const allow = useCallback(() => {
    setIsBlocked(false);
    setAttempt((n) => n + 1);
  }, []);
  return { isBlocked, attempt, block, allow };
}
