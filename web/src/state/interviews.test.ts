import { describe, expect, it } from "vitest";
import { ApiError, type Interview, type Me } from "../client/api";
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

function home(part: Partial<ConstructorParameters<typeof Interviews>[0]> = {}) {
  return new Interviews({
    me: async () => me,
    signOut: async () => {},
    listInterviews: async () => [interview("a")],
    createInterview: async ({ title }) => interview("new", { title, created_at: 10 }),
    endInterview: async (id) => interview(id, { state: "ended", ended_at: 1 }),
    listInvitations: async () => [],
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
    const link = { role: "candidate", url: "u", created_at: 0 } as const;
    const interviews = home({
      listInvitations: async () => [
        { ...link, id: "1", revoked_at: null },
        { ...link, id: "2", revoked_at: 4 },
      ],
    });
    expect((await interviews.links("a")).map(({ id }) => id)).toEqual(["1"]);
  });
});
