/** The HTTP surface as typed calls. Knows no page and keeps nothing. */
import { createDownload, createRequest, type Request } from "./http";
import type {
  CallReport,
  Entry,
  Greeting,
  Interview,
  Invitation,
  Join,
  Me,
  NewInterview,
  Relay,
  Role,
  TicketKind,
} from "./types";

export { ApiError } from "./http";
export type * from "./types";

export type Api = ReturnType<typeof createApi>;

/** All endpoints that the pages use. Each call rejects with an {@link ApiError}. */
export function createApi(fetcher: typeof fetch = (input, init) => fetch(input, init)) {
  const request = createRequest(fetcher);
  const download = createDownload(fetcher);
  return {
    ...authEndpoints(request),
    ...interviewEndpoints(request),
    ...roomEndpoints(request),
    /** All participants' logs, as JSON lines. */
    callLog: (id: string, bearer?: string) => download(`${pathOf(id)}/log`, as(bearer)),
  };
}

function pathOf(id: string): string {
  return `/api/interviews/${encodeURIComponent(id)}`;
}

/** A participant's token where there is one; else the session cookie speaks. */
function as(bearer?: string) {
  return bearer === undefined ? {} : { bearer };
}

function roomOf(id: string): string {
  return `/api/rooms/${encodeURIComponent(id)}`;
}

function authEndpoints(request: Request) {
  return {
    signIn: (secret: string) => request<void>("POST", "/api/auth/signin", { body: { secret } }),
    signOut: () => request<void>("POST", "/api/auth/signout"),
    me: () => request<Me>("GET", "/api/auth/me"),
  };
}

function interviewEndpoints(request: Request) {
  const path = pathOf;
  return {
    listInterviews: async () =>
      (await request<{ interviews: Interview[] }>("GET", "/api/interviews")).interviews,
    createInterview: (interview: NewInterview) =>
      request<Interview>("POST", "/api/interviews", { body: interview }),
    startInterview: (id: string, bearer?: string) =>
      request<Interview>("POST", `${path(id)}/start`, as(bearer)),
    endInterview: (id: string, bearer?: string) =>
      request<Interview>("POST", `${path(id)}/end`, as(bearer)),
    callReport: (id: string, bearer?: string) =>
      request<CallReport>("GET", `${path(id)}/quality`, as(bearer)),
    listInvitations: async (id: string) =>
      (await request<{ invitations: Invitation[] }>("GET", `${path(id)}/invitations`)).invitations,
    addInvitation: (id: string, role: Role) =>
      request<Invitation>("POST", `${path(id)}/invitations`, { body: { role } }),
    revokeInvitation: (id: string, invitation: string) =>
      request<void>("POST", `${path(id)}/invitations/${encodeURIComponent(invitation)}/revoke`),
    greeting: (id: string, entry: Pick<Entry, "invitation">) =>
      request<Greeting>("POST", `${path(id)}/greeting`, { body: entry }),
    join: (id: string, entry: Entry) => request<Join>("POST", `${path(id)}/join`, { body: entry }),
  };
}

/** Browsers refuse to send more than 64 KiB for a page that is going away. Source: Fetch, WHATWG, §4.5. */
const KEEPALIVE_LENGTH_MAX = 50_000;

function roomEndpoints(request: Request) {
  return {
    /** Ways for media past firewalls, good for minutes to begin with. */
    relays: async (id: string, bearer: string) => {
      const path = `/api/rooms/${encodeURIComponent(id)}/media/relays`;
      return (await request<{ relays: Relay[] }>("POST", path, { bearer })).relays;
    },
    /** A single-use ticket for one socket of the room. */
    ticket: async (id: string, kind: TicketKind, bearer: string) => {
      const path = `${roomOf(id)}/${kind}/ticket`;
      return (await request<{ ticket: string }>("POST", path, { bearer })).ticket;
    },
    /** A token for `beginCheck`, by the same right as the greeting. */
    checkToken: async (id: string, entry: Pick<Entry, "invitation">) =>
      (await request<{ token: string }>("POST", `${pathOf(id)}/check`, { body: entry })).token,
    /** A media session of one's own, to try a connection with. */
    beginCheck: (id: string, offer: string, bearer: string) =>
      request<{ check: string; answer: string; relays: Relay[] }>("POST", `${roomOf(id)}/check`, {
        body: { offer },
        bearer,
      }),
    endCheck: (id: string, check: string, bearer: string) =>
      request<void>("DELETE", `${roomOf(id)}/check/${encodeURIComponent(check)}`, { bearer }),
    /** What this page noted of the call; in few bytes, for it may share a thin line with voices, unless the page goes away. */
    keepLog: (id: string, batch: object, bearer: string, isLeaving: boolean) => {
      const isShort = JSON.stringify(batch).length <= KEEPALIVE_LENGTH_MAX;
      const way = isLeaving ? { keepalive: isShort } : { isPacked: true };
      return request<void>("POST", `${pathOf(id)}/log`, { body: batch, bearer, ...way });
    },
  };
}
