/** Our admission to one interview: brings tickets, and renews the short-lived token when it has run out. */
import { type Api, ApiError, type Join, type Relay, type TicketKind } from "../client/api";

export interface Membership {
  readonly joined: Join;
  /** The current join token. */
  token(): string;
  /** A fresh single-use ticket; rejects with an `ApiError` when the server refuses us. */
  ticket(kind: TicketKind): Promise<string>;
  /** Ways for media past firewalls; none when the server does not tell us any in time. */
  relays(): Promise<readonly Relay[]>;
  /** A call in this participant's name, made again with a fresh token if the present one has run out. */
  authorized<T>(call: (token: string) => Promise<T>): Promise<T>;
}

/** An offer waits for them: on a network that just came back, the direct ways must not wait for a dead connection. */
const RELAYS_TIMEOUT_MS = 2_000;

export function createMembership(
  api: Pick<Api, "join" | "ticket" | "relays">,
  interview: string,
  joined: Join,
  onRejoinToken: (rejoin: string) => void,
): Membership {
  let current = joined;
  let renewal: Promise<void> | null = null;

  const renew = async () => {
    current = await api.join(interview, { rejoin: current.rejoin });
    onRejoinToken(current.rejoin);
  };
  /** Three sockets may notice at once; one request serves them all. */
  const renewOnce = () => {
    renewal ??= renew().finally(() => {
      renewal = null;
    });
    return renewal;
  };
  const authorized = async <T>(call: (token: string) => Promise<T>) => {
    try {
      return await call(current.token);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
      await renewOnce();
      return call(current.token);
    }
  };
  return {
    joined,
    token: () => current.token,
    authorized,
    ticket: (kind) => authorized((token) => api.ticket(interview, kind, token)),
    relays: () => {
      const asked = authorized((token) => api.relays(interview, token)).catch(() => []);
      return Promise.race([asked, none(RELAYS_TIMEOUT_MS)]);
    },
  };
}

function none(afterMs: number): Promise<readonly never[]> {
  return new Promise((resolve) => setTimeout(() => resolve([]), afterMs));
}

/** Whether this error is the server's last word: trying again brings the same. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && [401, 403, 404, 409].includes(error.status);
}
