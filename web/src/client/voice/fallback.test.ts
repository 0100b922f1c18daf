import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Fallback, type OpenLine, PATIENCE_MS, type VoiceState } from "./fallback";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A page whose server, ordinary ways and line the test commands. */
function start({ isSupported = true } = {}) {
  const world = { hasServer: true, isReachable: false, opens: true };
  const states: VoiceState[] = [];
  const did: string[] = [];
  let onClosed = () => {};
  const fallback = new Fallback({
    hasServer: () => world.hasServer,
    isSupported: async () => isSupported,
    open: async (closed): Promise<OpenLine> => {
      did.push("open");
      if (!world.opens) throw new Error("unreachable");
      onClosed = closed;
      return { close: () => did.push("close") };
    },
    isReachable: async () => {
      did.push("look");
      return world.isReachable;
    },
    suspendCall: () => did.push("suspend"),
    renewCall: () => did.push("renew"),
    onState: (state) => states.push(state),
  });
  return { fallback, world, states, did, breakLine: () => onClosed() };
}

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A second at a time, a minute at most. */
async function until(is: () => boolean) {
  for (let s = 0; s < 60 && !is(); s += 1) await wait(1_000);
  expect(is()).toBe(true);
}

async function fallen() {
  const started = start();
  await wait(PATIENCE_MS);
  expect(started.states).toEqual(["opening", "on"]);
  started.did.length = 0;
  return started;
}

describe("before", () => {
  it("nothing happens while the call connects in time", async () => {
    const { fallback, states } = start();
    await wait(PATIENCE_MS - 1);
    fallback.callIs(true);
    await wait(10 * PATIENCE_MS);
    expect(states).toEqual([]);
  });

  it("a call that does not come about gives way", async () => {
    const { states, did, fallback } = start();
    await wait(PATIENCE_MS);
    expect(states).toEqual(["opening", "on"]);
    expect(did).toEqual(["suspend", "open"]);
    expect(fallback.isInUse).toBe(true);
  });

  it("a call that breaks has its time too", async () => {
    const { fallback, states } = start();
    fallback.callIs(true);
    await wait(60_000);
    fallback.callIs(false);
    await wait(PATIENCE_MS - 1);
    expect(states).toEqual([]);
    await wait(1);
    expect(states).toEqual(["opening", "on"]);
  });

  it("without the server it waits for it", async () => {
    const { world, states } = start();
    world.hasServer = false;
    await wait(3 * PATIENCE_MS);
    expect(states).toEqual([]);
    world.hasServer = true;
    await wait(PATIENCE_MS);
    expect(states).toEqual(["opening", "on"]);
  });

  it("a browser that cannot says so, and the call goes on trying", async () => {
    const { states, did, fallback } = start({ isSupported: false });
    await wait(PATIENCE_MS);
    expect(states).toEqual(["unsupported"]);
    expect(did).toEqual([]);
    fallback.callIs(true);
    expect(states.at(-1)).toBe("off");
  });
});

describe("with sound only", () => {
  it("the ordinary ways are tried again and again", async () => {
    const { did } = await fallen();
    await wait(200_000);
    expect(did.length).toBeGreaterThanOrEqual(4);
    expect(new Set(did)).toEqual(new Set(["look"]));
  });

  it("the call takes over when they work, and the line plays until then", async () => {
    const { fallback, world, did, states } = await fallen();
    world.isReachable = true;
    await until(() => did.includes("renew"));
    expect(did).toEqual(["look", "renew"]);
    expect(fallback.isInUse).toBe(false);
    fallback.callIs(true);
    expect(did).toEqual(["look", "renew", "close"]);
    expect(states.at(-1)).toBe("off");
    await wait(200_000);
    expect(did).toHaveLength(3);
  });

  it("a call that does not come about after all gives way again", async () => {
    const { fallback, world, did } = await fallen();
    world.isReachable = true;
    await until(() => did.includes("renew"));
    did.length = 0;
    await wait(8_000);
    expect(did).toEqual(["close", "suspend", "open"]);
    expect(fallback.isInUse).toBe(true);
  });

  it("a line that breaks is opened anew, more and more slowly", async () => {
    const { world, did, states, breakLine } = await fallen();
    world.opens = false;
    breakLine();
    await wait(5_000);
    expect(did.filter((deed) => deed === "open")).toHaveLength(3);
    expect(states.at(-1)).toBe("opening");
    world.opens = true;
    await wait(8_000);
    expect(states.at(-1)).toBe("on");
  });

  it("a server that lost the session gives another seat", async () => {
    const { fallback, did } = await fallen();
    fallback.renew();
    await wait(0);
    expect(did).toEqual(["close", "suspend", "open"]);
  });

  it("after the end nothing goes on", async () => {
    const { fallback, did, breakLine } = await fallen();
    fallback.close();
    breakLine();
    await wait(300_000);
    expect(did).toEqual(["close"]);
  });
});

it("without it a lost session is the call's", () => {
  const { fallback, did } = start();
  fallback.renew();
  expect(did).toEqual(["renew"]);
});
