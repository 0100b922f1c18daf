import { describe, expect, it, vi } from "vitest";
import { ApiError, type Join } from "../client/api";
import { createMembership, isRefusal } from "./membership";

const join = (token: string): Join => ({
  token,
  rejoin: `again-${token}`,
  participant: "p",
  role: "candidate",
  name: "Caro",
  expires_at: 0,
  interview: { id: "i", title: "T", state: "live" },
  urls: { signaling: "", collab: "", runs: "", voice: "" },
});

/** A server on which the tokens in `good` are valid; it counts renewals. */
function server(good: Set<string>) {
  const counted = { renewals: 0 };
  const api = {
    join: async () => {
      counted.renewals += 1;
      good.add("fresh");
      return join("fresh");
    },
    ticket: async (_: string, kind: string, bearer: string) => {
      if (!good.has(bearer)) throw new ApiError("unauthenticated", "Expired.", 401);
      return `${kind} by ${bearer}`;
    },
    relays: async (_: string, bearer: string) => {
      if (!good.has(bearer)) throw new ApiError("unauthenticated", "Expired.", 401);
      return [{ urls: ["turn:192.0.2.1"], username: bearer, credential: "x" }];
    },
  };
  return { api, counted };
}

describe("a membership", () => {
  it("brings tickets with the token it has", async () => {
    const { api, counted } = server(new Set(["old"]));
    const membership = createMembership(api, "i", join("old"), () => {});
    expect(await membership.ticket("collab")).toBe("collab by old");
    expect(counted.renewals).toBe(0);
  });

  it("renews a token that ran out, once for all who ask", async () => {
    const { api, counted } = server(new Set());
    const kept: string[] = [];
    const membership = createMembership(api, "i", join("old"), (token) => kept.push(token));
    const tickets = await Promise.all(
      (["signaling", "collab", "runs"] as const).map((kind) => membership.ticket(kind)),
    );
    expect(tickets).toEqual(["signaling by fresh", "collab by fresh", "runs by fresh"]);
    expect(counted.renewals).toBe(1);
    expect(kept).toEqual(["again-fresh"]);
    expect(membership.token()).toBe("fresh");
  });

  it("brings relays with a token renewed, and none where there are none", async () => {
    const { api } = server(new Set());
    const membership = createMembership(api, "i", join("old"), () => {});
    expect(await membership.relays()).toMatchObject([{ username: "fresh" }]);
    const down = { ...api, relays: () => Promise.reject(new ApiError("unreachable", "", 0)) };
    expect(await createMembership(down, "i", join("old"), () => {}).relays()).toEqual([]);
  });

  it("does without relays when they take too long", async () => {
    vi.useFakeTimers();
    const { api } = server(new Set());
    const silent = { ...api, relays: () => new Promise<never>(() => {}) };
    const relays = createMembership(silent, "i", join("old"), () => {}).relays();
    await vi.runAllTimersAsync();
    expect(await relays).toEqual([]);
    vi.useRealTimers();
  });

  it("passes on a refusal without renewing", async () => {
    const { api, counted } = server(new Set());
    const refused = { ...api, ticket: () => Promise.reject(new ApiError("removed", "No.", 403)) };
    const membership = createMembership(refused, "i", join("old"), () => {});
    await expect(membership.ticket("runs")).rejects.toMatchObject({ code: "removed" });
    expect(counted.renewals).toBe(0);
  });
});

it("tells refusals from outages", () => {
  expect(isRefusal(new ApiError("removed", "", 403))).toBe(true);
  expect(isRefusal(new ApiError("unreachable", "", 0))).toBe(false);
  expect(isRefusal(new ApiError("unavailable", "", 503))).toBe(false);
  expect(isRefusal(new Error("anything"))).toBe(false);
});
