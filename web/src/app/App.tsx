import { Button } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import type { Api } from "../client/api";
import type { PreferencesStore } from "../state/preferences";
import { Failsafe, Page, Statement } from "../ui";
import { InterviewPage } from "./InterviewPage";
import { routeOf } from "./route";

const HomePage = lazy(() => import("../features/home"));
const SignInPage = lazy(() => import("../features/signin"));

interface AppProps {
  readonly api: Api;
  readonly preferences: PreferencesStore;
}

/** The page of the current address. */
export function App({ api, preferences }: AppProps) {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const follow = () => setPath(location.pathname);
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  const goHome = useCallback(() => {
    history.pushState(null, "", "/");
    setPath("/");
  }, []);
  return (
    <Failsafe>
      <Suspense fallback={null}>
        <CurrentPage path={path} api={api} preferences={preferences} goHome={goHome} />
      </Suspense>
    </Failsafe>
  );
}

interface CurrentPageProps extends AppProps {
  readonly path: string;
  readonly goHome: () => void;
}

function CurrentPage({ path, api, preferences, goHome }: CurrentPageProps) {
  const route = routeOf(path);
  switch (route.page) {
    case "home":
      return <HomePage api={api} />;
    case "signin":
      return <SignInPage api={api} onSignedIn={goHome} />;
    case "interview":
      return (
        <InterviewPage
          key={route.interview}
          api={api}
          interview={route.interview}
          preferences={preferences}
        />
      );
    case "unknown":
      return (
        <Page isCentered>
          <Statement
            icon={<IconMapOff size={24} stroke={1.6} />}
            title="There is no page here"
            action={<Button onClick={goHome}>To your interviews</Button>}
          >
            The address may have been cut short on its way to you. Open the link again, whole.
          </Statement>
        </Page>
      );
  }
}
