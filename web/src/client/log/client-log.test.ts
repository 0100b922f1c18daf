import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ClientLog } from "./client-log";
import type { Batch } from "./entries";

/** Where listeners of the page end up, so that a test can make something happen. */
let page: EventTarget;
const hidden = { hidden: false };

beforeEach(() => {
  vi.useFakeTimers();
  page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  vi.stubGlobal("document", Object.assign(new EventTarget(), hidden));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A server that takes what comes, or not. */
function start() {
  const server = { taken: [] as Batch[], leaving: [] as boolean[], failure: null as Error | null };
  const log = new ClientLog({
    send: async (batch, isLeaving) => {
      server.taken.push(batch);
      server.leaving.push(isLeaving);
      if (server.failure) throw server.failure;
    },
    isRefusal: (error) => error instanceof RangeError,
  });
  log.open();
  return { log, server };
}

const seqs = (batch: Batch | undefined) => batch?.entries.map(({ seq }) => seq);

it("sends what was noted, in turns, each once", async () => {
  const { log, server } = start();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(server.taken.map(seqs)).toEqual([[1]]);
  log.note({ kind: "state", of: "call", state: "connected" });
  await vi.advanceTimersByTimeAsync(40_000);
  expect(server.taken.map(seqs)).toEqual([[1], [2]]);
  expect(server.taken[0]?.page).toBe(server.taken[1]?.page);
});

it("sends again what was not taken, with what came meanwhile", async () => {
  const { log, server } = start();
  server.failure = new Error("unreachable");
  await vi.advanceTimersByTimeAsync(20_000);
  log.note({ kind: "state", of: "signaling", state: "reconnecting" });
  server.failure = null;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(server.taken.map(seqs)).toEqual([[1], [1, 2]]);
});

it("is silent after the server's last word", async () => {
  const { log, server } = start();
  server.failure = new RangeError("full");
  await vi.advanceTimersByTimeAsync(20_000);
  log.note({ kind: "state", of: "call", state: "connected" });
  log.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.taken).toHaveLength(1);
});

it("sends what is left when it is closed and when the page goes away, and nothing after", async () => {
  const { log, server } = start();
  page.dispatchEvent(new Event("pagehide"));
  expect(seqs(server.taken[0])).toEqual([1]);
  await vi.advanceTimersByTimeAsync(0);
  log.close();
  expect(server.taken[1]?.entries).toMatchObject([{ of: "page", state: "closed" }]);
  await vi.advanceTimersByTimeAsync(60_000);
  page.dispatchEvent(new Event("pagehide"));
  expect(server.taken).toHaveLength(2);
  expect(server.leaving).toEqual([true, true]);
});

it("notes that something failed, and not what it said", async () => {
  const { log, server } = start();
  const failure = new TypeError("cannot read the password of Ann");
  page.dispatchEvent(Object.assign(new Event("error"), { error: failure }));
  page.dispatchEvent(Object.assign(new Event("unhandledrejection"), { reason: "secret words" }));
  await log.send();
  const sent = JSON.stringify(server.taken);
  expect(sent).toContain('"name":"TypeError"');
  expect(sent).toContain('"name":"Error"');
  expect(sent).not.toContain("Ann");
  expect(sent).not.toContain("secret");
});

it("takes a sample every five seconds however often it looks, and none across two peers", async () => {
  const { log, server } = start();
  const look = { entries: [], sent: new Map() };
  for (let turn = 0; turn < 5; turn++) {
    log.look(look, new Map());
    vi.advanceTimersByTime(2_500);
  }
  log.forgetTotals();
  log.look(look, new Map());
  await log.send();
  const samples = server.taken.at(-1)?.entries.filter(({ kind }) => kind === "sample");
  expect(samples).toMatchObject([{ over_ms: 5_000 }, { over_ms: 5_000 }]);
});
