import { describe, expect, it } from "vitest";
import { ApiError, type Interview, type Invitation, type Me } from "../client/api";
import { Interviews, nextFirst } from "./interviews";

const interview = (id: string, part: Partial<Interview> = {}): Interview => ({
  id,
  title: id,
  state: "scheduled",
  scheduled_at: null,
  duration_min: 60,
  created_at: 0,
  started_at: null,
  ended_at: null,
  host: "Ines",
  ...part,
});
const me: Me = { person: "p", name: "Ines", organisation: "Acme" };

describe("the order of interviews", () => {
  it("is live, then next, then over", () => {
    const ids = nextFirst([
      interview("over", { state: "ended", ended_at: 5 }),
      interview("later", { scheduled_at: 200 }),
      interview("sooner", { scheduled_at: 100 }),
      interview("live", { state: "live" }),
      interview("any time", { created_at: 9 }),
      interview("just over", { state: "ended", ended_at: 50 }),
    ]).map(({ id }) => id);
    expect(ids).toEqual(["live", "sooner", "later", "any time", "just over", "over"]);
  });
});

const link = { role: "candidate", url: "u", created_at: 0 } as const;

function home(part: Partial<ConstructorParameters<typeof Interviews>[0]> = {}) {
  return new Interviews({
    me: async () => me,
    signOut: async () => {},
    listInterviews: async () => [interview("a")],
    createInterview: async ({ title }) => interview("new", { title, created_at: 10 }),
    endInterview: async (id) => interview(id, { state: "ended", ended_at: 1 }),
    listInvitations: async () => [],
    addInvitation: async (_, role) => ({ ...link, id: "fresh", role, revoked_at: null }),
    revokeInvitation: async () => {},
    ...part,
  });
}

describe("the home page's interviews", () => {
  it("shows a new one at once", async () => {
    const interviews = home();
    await interviews.load();
    await interviews.create({ title: "Second" });
    expect(interviews.store.getState()).toMatchObject({
      is: "ready",
      interviews: [{ id: "new" }, { id: "a" }],
    });
  });

  it("asks to sign in when the session is gone", async () => {
    const interviews = home({
      me: () => Promise.reject(new ApiError("unauthenticated", "Sign in.", 401)),
    });
    await interviews.load();
    expect(interviews.store.getState().is).toBe("signed_out");
  });

  it("keeps the list when a later look fails", async () => {
    let isDown = false;
    const interviews = home({
      listInterviews: async () => {
        if (isDown) throw new ApiError("unreachable", "No.", 0);
        return [interview("a")];
      },
    });
    await interviews.load();
    isDown = true;
    await interviews.load();
    expect(interviews.store.getState().is).toBe("ready");
  });

  it("offers no revoked link", async () => {
    const interviews = home({
      listInvitations: async () => [
        { ...link, id: "1", revoked_at: null },
        { ...link, id: "2", revoked_at: 4 },
      ],
    });
    expect((await interviews.links("a")).map(({ id }) => id)).toEqual(["1"]);
  });
});

/** Invitations as the server keeps them: revoking marks, adding appends. */
function invitations(start: readonly Invitation[]) {
  let kept = start;
  let isFull = false;
  const interviews = home({
    listInvitations: async () => [...kept],
    revokeInvitation: async (_, id) => {
      kept = kept.map((one) => (one.id === id ? { ...one, revoked_at: 9 } : one));
    },
    addInvitation: async (_, role) => {
      if (isFull) throw new ApiError("too_many_invitations", "No more.", 409);
      const added = { ...link, id: "fresh", role, revoked_at: null };
      kept = [...kept, added];
      return added;
    },
  });
  const setFull = (full: boolean) => {
    isFull = full;
  };
  const open = async () => (await interviews.links("a")).map(({ id }) => id);
  return { interviews, open, setFull };
}

describe("a replaced link", () => {
  const start: readonly Invitation[] = [
    { ...link, id: "old", revoked_at: null },
    { ...link, id: "older", revoked_at: null },
    { ...link, id: "other", role: "observer", revoked_at: null },
  ];

  it("leaves one open link for the role and those of the others alone", async () => {
    const { interviews, open } = invitations(start);
    expect(await interviews.replaceLink("a", "candidate")).toMatchObject({ id: "fresh" });
    expect(await open()).toEqual(["other", "fresh"]);
  });

  it("is closed even if no new one can be made, and asking again brings it", async () => {
    const { interviews, open, setFull } = invitations(start);
    setFull(true);
    await expect(interviews.replaceLink("a", "candidate")).rejects.toThrow("No more.");
    expect(await open()).toEqual(["other"]);
    setFull(false);
    await interviews.replaceLink("a", "candidate");
    expect(await open()).toEqual(["other", "fresh"]);
  });

  it("is not made while the old one could not be closed", async () => {
    const made: string[] = [];
    const interviews = home({
      listInvitations: async () => [...start],
      revokeInvitation: () => Promise.reject(new ApiError("unreachable", "No.", 0)),
      addInvitation: async (_, role) => {
        made.push(role);
        return { ...link, id: "fresh", role, revoked_at: null };
      },
    });
    await expect(interviews.replaceLink("a", "candidate")).rejects.toThrow("No.");
    expect(made).toEqual([]);
  });
});
