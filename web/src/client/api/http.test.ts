import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { createApi } from ".";

type Call = { readonly input: string; readonly init: RequestInit };

function server(status: number, body?: unknown) {
  const calls: Call[] = [];
  const api = createApi(async (input, init = {}) => {
    calls.push({ input: String(input), init });
    return new Response(body === undefined ? null : JSON.stringify(body), { status });
  });
  return { api, calls };
}

describe("a request", () => {
  it("carries its body as JSON and the bearer where there is one", async () => {
    const { api, calls } = server(200, { ticket: "t" });
    expect(await api.ticket("i/1", "runs", "token")).toBe("t");
    expect(calls[0]?.input).toBe("/api/rooms/i%2F1/runs/ticket");
    expect(calls[0]?.init.headers).toEqual({ authorization: "Bearer token" });
    await server(200, {})
      .api.signIn("s")
      .catch(() => {});
  });

  it("names the interview and the invitation that it revokes", async () => {
    const { api, calls } = server(204);
    await api.revokeInvitation("i/1", "inv 2");
    expect(calls[0]?.input).toBe("/api/interviews/i%2F1/invitations/inv%202/revoke");
    expect(calls[0]?.init.method).toBe("POST");
  });

  it("makes an invitation for a role", async () => {
    const { api, calls } = server(201, { id: "inv", role: "observer" });
    expect(await api.addInvitation("i", "observer")).toMatchObject({ id: "inv" });
    expect(calls[0]?.input).toBe("/api/interviews/i/invitations");
    expect(calls[0]?.init.body).toBe('{"role":"observer"}');
  });

  it("packs the log of a call, unless the page goes away", async () => {
    const { api, calls } = server(204);
    const batch = { page: "p", entries: Array.from({ length: 50 }, (_, seq) => ({ seq })) };
    await api.keepLog("i", batch, "token", false);
    await api.keepLog("i", batch, "token", true);
    const [packed, plain] = calls.map(({ init }) => init);
    expect(packed?.headers).toMatchObject({ "content-encoding": "gzip" });
    expect(packed?.keepalive).toBe(false);
    const bytes = packed?.body as ArrayBuffer;
    expect(JSON.parse(gunzipSync(bytes).toString())).toEqual(batch);
    expect(plain?.headers).not.toHaveProperty("content-encoding");
    expect(plain?.keepalive).toBe(true);
    expect(JSON.parse(plain?.body as string)).toEqual(batch);
  });

  it("resolves without a body for 204", async () => {
    await expect(server(204).api.signOut()).resolves.toBeUndefined();
  });

  it("rejects with the server's own sentence", async () => {
    const { api } = server(403, { code: "removed", message: "You were taken out." });
    await expect(api.join("i", {})).rejects.toMatchObject({
      code: "removed",
      message: "You were taken out.",
      status: 403,
    });
  });

  it("makes a sentence where the answer has none", async () => {
    await expect(server(502).api.me()).rejects.toMatchObject({
      code: "unexpected_answer",
      status: 502,
    });
  });

  it("tells an unreachable server from a refusal", async () => {
    const api = createApi(() => Promise.reject(new TypeError("network")));
    await expect(api.me()).rejects.toMatchObject({ code: "unreachable", status: 0 });
  });
});
