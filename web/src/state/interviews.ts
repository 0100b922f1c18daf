/** The organisation's interviews as the home page sees them. Knows no page. */
import { createStore, type StoreApi } from "zustand/vanilla";
import {
  type Api,
  ApiError,
  type Interview,
  type Invitation,
  type Me,
  type NewInterview,
  type Role,
} from "../client/api";

export type Loading =
  | { readonly is: "loading" }
  | { readonly is: "signed_out" }
  | { readonly is: "failed"; readonly message: string }
  | { readonly is: "ready"; readonly me: Me; readonly interviews: readonly Interview[] };

type HomeApi = Pick<
  Api,
  | "me"
  | "signOut"
  | "listInterviews"
  | "createInterview"
  | "endInterview"
  | "listInvitations"
  | "addInvitation"
  | "revokeInvitation"
>;

export class Interviews {
  readonly store: StoreApi<Loading> = createStore<Loading>(() => ({ is: "loading" }) as Loading);
  readonly #api: HomeApi;

  constructor(api: HomeApi) {
    this.#api = api;
  }

  /** Fetches everything; what is shown stays until the answer is there. */
  async load() {
    try {
      const [me, interviews] = await Promise.all([this.#api.me(), this.#api.listInterviews()]);
      this.#show({ is: "ready", me, interviews: nextFirst(interviews) });
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Makes an interview and shows it; rejects with the server's sentence. */
  async create(interview: NewInterview): Promise<Interview> {
    const created = await this.#api.createInterview(interview);
    this.#change((all) => [...all, created]);
    return created;
  }

  async end(id: string) {
    const ended = await this.#api.endInterview(id);
    this.#change((all) => all.map((one) => (one.id === id ? ended : one)));
  }

  /** The links that are not revoked. */
  async links(id: string) {
    const invitations = await this.#api.listInvitations(id);
    return invitations.filter(({ revoked_at }) => revoked_at === null);
  }

  /**
   * Closes every open link of the role, then makes a new one. In this order, so that a failure leaves no
   * old link open behind a new one; asking again goes on where it stopped.
   */
  async replaceLink(id: string, role: Role): Promise<Invitation> {
    const present = (await this.links(id)).filter((link) => link.role === role);
    await Promise.all(present.map((link) => this.#api.revokeInvitation(id, link.id)));
    return this.#api.addInvitation(id, role);
  }

  async signOut() {
    await this.#api.signOut();
    this.#show({ is: "signed_out" });
  }

  #change(change: (all: readonly Interview[]) => readonly Interview[]) {
    const current = this.store.getState();
    if (current.is !== "ready") return;
    this.#show({ ...current, interviews: nextFirst(change(current.interviews)) });
  }

  #failed(error: unknown) {
    if (error instanceof ApiError && error.status === 401) return this.#show({ is: "signed_out" });
    // What is on the page is better than an error instead of it.
    if (this.store.getState().is === "ready") return;
    const message = error instanceof ApiError ? error.message : "The list could not be loaded.";
    this.#show({ is: "failed", message });
  }

  #show(next: Loading) {
    this.store.setState(next, true);
  }
}

const ORDER = { live: 0, scheduled: 1, ended: 2 } as const;

/** Live ones first, then by time, then those without a time, then what is over, newest first. Pure. */
export function nextFirst(interviews: readonly Interview[]): readonly Interview[] {
  return [...interviews].sort(
    (a, b) => ORDER[a.state] - ORDER[b.state] || within(a, b) || (a.id < b.id ? -1 : 1),
  );
}

function within(a: Interview, b: Interview): number {
  if (a.state === "ended") return (b.ended_at ?? b.created_at) - (a.ended_at ?? a.created_at);
  if (a.scheduled_at === null && b.scheduled_at === null) return b.created_at - a.created_at;
  const at = (one: Interview) => one.scheduled_at ?? Number.POSITIVE_INFINITY;
  return at(a) - at(b);
}
