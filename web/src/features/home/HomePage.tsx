import { Button, Menu, Skeleton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconCalendarPlus, IconKey, IconPlugOff, IconPlus } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import type { Api, Interview, Me } from "../../client/api";
import { Interviews } from "../../state/interviews";
import { Page, Statement } from "../../ui";
import classes from "./HomePage.module.css";
import { InterviewCard } from "./InterviewCard";
import { NewInterviewDialog } from "./NewInterviewDialog";

/** How often the list is looked at again while the page is in sight. */
const REFRESH_MS = 20_000;

/** Your interviews: the next ones first, and one way to make another. */
export function HomePage({ api }: { readonly api: Api }) {
  const [interviews] = useState(() => new Interviews(api));
  const state = useStore(interviews.store);
  useEffect(() => {
    document.title = "Interviews · Vivavoce";
    const load = () => document.visibilityState === "visible" && void interviews.load();
    load();
    const timer = setInterval(load, REFRESH_MS);
    document.addEventListener("visibilitychange", load);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", load);
    };
  }, [interviews]);
  switch (state.is) {
    case "loading":
      return <Loading />;
    case "signed_out":
      return <SignedOut />;
    case "failed":
      return <Failed message={state.message} onRetry={() => void interviews.load()} />;
    case "ready":
      return <Ready interviews={interviews} me={state.me} list={state.interviews} />;
  }
}

interface ReadyProps {
  readonly interviews: Interviews;
  readonly me: Me;
  readonly list: readonly Interview[];
}

function Ready({ interviews, me, list }: ReadyProps) {
  const [isCreating, dialog] = useDisclosure(false);
  const [newest, setNewest] = useState<string | null>(null);
  const create = (
    <Button leftSection={<IconPlus size={16} stroke={2} />} onClick={dialog.open}>
      New interview
    </Button>
  );
  return (
    <Page actions={<Account me={me} onSignOut={() => void interviews.signOut()} />}>
      <NewInterviewDialog
        isOpen={isCreating}
        onClose={dialog.close}
        onCreate={async (interview) => setNewest((await interviews.create(interview)).id)}
      />
      {list.length === 0 ? (
        <div className={classes.empty}>
          <Statement
            icon={<IconCalendarPlus size={24} stroke={1.6} />}
            title="Your first interview"
            action={create}
          >
            Create it, send the candidate their link, and meet in the room. They need no account and
            install nothing.
          </Statement>
        </div>
      ) : (
        <>
          <div className={classes.head}>
            <h1 className={classes.title}>Interviews</h1>
            {create}
          </div>
          <Lists interviews={interviews} list={list} newest={newest} />
        </>
      )}
    </Page>
  );
}

interface ListsProps {
  readonly interviews: Interviews;
  readonly list: readonly Interview[];
  readonly newest: string | null;
}

function Lists({ interviews, list, newest }: ListsProps) {
  const open = list.filter(({ state }) => state !== "ended");
  const over = list.filter(({ state }) => state === "ended");
  return (
    <>
      {open.length === 0 ? (
        <p className={classes.none}>Nothing is planned. A new interview takes a title, no more.</p>
      ) : (
        <>
          <h2 className="vv-visually-hidden">Next</h2>
          <ul className={classes.list} aria-label="Next interviews">
            {open.map((interview) => (
              <InterviewCard
                key={interview.id}
                interview={interview}
                interviews={interviews}
                isNew={interview.id === newest}
              />
            ))}
          </ul>
        </>
      )}
      {over.length > 0 && (
        <>
          <h2 className={classes.heading}>Past</h2>
          <ul className={classes.list} aria-label="Past interviews">
            {over.map((interview) => (
              <InterviewCard key={interview.id} interview={interview} interviews={interviews} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Account({ me, onSignOut }: { readonly me: Me; readonly onSignOut: () => void }) {
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <Button variant="subtle" color="gray" size="compact-sm">
          {me.name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onSignOut}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Loading() {
  return (
    <Page>
      <div className={classes.head}>
        <h1 className={classes.title}>Interviews</h1>
      </div>
      <Skeleton height={84} radius={12} mb={10} />
      <Skeleton height={84} radius={12} />
    </Page>
  );
}

function SignedOut() {
  return (
    <Page isCentered>
      <Statement icon={<IconKey size={24} stroke={1.6} />} title="Sign in with your link">
        The server printed a sign-in link when it started. Open it, or run{" "}
        <code>vivavoce owner-link</code> there for a fresh one. If you were invited to an interview,
        open the link of your invitation.
      </Statement>
    </Page>
  );
}

function Failed({ message, onRetry }: { readonly message: string; readonly onRetry: () => void }) {
  return (
    <Page isCentered>
      <Statement
        icon={<IconPlugOff size={24} stroke={1.6} />}
        title="Your interviews could not be loaded"
        action={<Button onClick={onRetry}>Try again</Button>}
      >
        {message}
      </Statement>
    </Page>
  );
}
