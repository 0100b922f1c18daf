import { Button, Loader } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { type Api, ApiError } from "../../client/api";
import { Page, Statement } from "../../ui";

interface SignInPageProps {
  readonly api: Pick<Api, "signIn">;
  readonly onSignedIn: () => void;
}

/** Exchanges the secret of the sign-in link for a session. Without one it says where to find it. */
export default function SignInPage({ api, onSignedIn }: SignInPageProps) {
  const [secret] = useState(() => location.hash.slice(1));
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    document.title = "Sign in · Vivavoce";
    if (secret !== "") void signInOnce(api, secret).then(onSignedIn, (e) => setProblem(wordsOf(e)));
  }, [api, secret, onSignedIn]);
  if (secret !== "" && problem === null) {
    return (
      <Page isCentered>
        <Statement icon={<Loader size={20} />} title="Signing you in">
          This takes a moment.
        </Statement>
      </Page>
    );
  }
  return (
    <Page isCentered>
      <Statement
        icon={<IconKey size={24} stroke={1.6} />}
        title={problem ? "This sign-in link cannot be used" : "Sign in with your link"}
        action={
          <Button variant="default" onClick={onSignedIn}>
            I am signed in already
          </Button>
        }
      >
        {problem ? `${problem} ` : ""}Each link works once. Run <code>vivavoce owner-link</code>{" "}
        where the server runs, and open the link that it prints.
      </Statement>
    </Page>
  );
}

/** A link works once, but React may run an effect twice: both share one request. */
const requests = new Map<string, Promise<void>>();

function signInOnce(api: Pick<Api, "signIn">, secret: string): Promise<void> {
  history.replaceState(history.state, "", location.pathname);
  const request = requests.get(secret) ?? api.signIn(secret);
  requests.set(secret, request);
  return request;
}

function wordsOf(error: unknown): string {
  return error instanceof ApiError ? error.message : "Signing in failed.";
}
