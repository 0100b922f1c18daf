import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ServerBody } from "./conversation";
import type { ClientEnvelope } from "./messages";
import { type LinkState, Signaling } from "./signaling";

/** A socket whose other end is the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: ClientEnvelope[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(text: string) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
  }

  accept() {
    this.readyState = 1;
    this.onopen?.();
  }

  say(body: object, seq = 0, ack = 0) {
    this.onmessage?.({ data: JSON.stringify({ seq, ack, body }) });
  }

  drop(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  bodies(type: string) {
    return this.sent.map(({ body }) => body).filter((body) => body.type === type);
  }
}

const WELCOME = { type: "welcome", resume_token: "r" };
const LONGEST_FIRST_DELAY_MS = 500;

interface Line {
  readonly signaling: Signaling;
  readonly links: LinkState[];
  readonly heard: ServerBody[];
  readonly refusals: unknown[];
}

function open(ticket: () => Promise<string> = async () => "t"): Line {
  const line = { links: [], heard: [], refusals: [] } as Omit<Line, "signaling">;
  const signaling = new Signaling({
    url: "ws://x",
    ticket,
    offer: async () => "v=0",
    tracks: () => ({ microphone: true }),
    isRefusal: (error) => (error as Error).message === "refused",
    onMessage: (body) => line.heard.push(body),
    onLink: (link) => line.links.push(link),
    onRefused: (closing) => line.refusals.push(closing),
    onRoundTrip: () => {},
  });
  signaling.open();
  return { ...line, signaling };
}

const settle = () => vi.advanceTimersByTimeAsync(0);
const latest = () => FakeSocket.all.at(-1) as FakeSocket;

async function greeted() {
  const line = open();
  await settle();
  latest().accept();
  latest().say(WELCOME);
  return line;
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("removeEventListener", () => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a line to the server", () => {
  it("greets with ticket, offer and switches as soon as the socket is open", async () => {
    open();
    expect(FakeSocket.all).toHaveLength(1); // before the ticket is there
    await settle();
    latest().accept();
    expect(latest().bodies("hello")).toEqual([
      { type: "hello", ticket: "t", offer: "v=0", tracks: { microphone: true }, resume: null },
    ]);
  });

  it("resumes after a drop and sends again what was not acknowledged", async () => {
    const { signaling, links } = await greeted();
    latest().say({ type: "speakers", participants: [] }, 1);
    latest().drop();
    signaling.send({ type: "send_chat", id: "1", text: "while away" });
    await vi.advanceTimersByTimeAsync(LONGEST_FIRST_DELAY_MS);
    expect(FakeSocket.all).toHaveLength(2);
    latest().accept();
    expect(latest().bodies("hello")).toMatchObject([{ resume: { token: "r", seen: 1 } }]);
    latest().say({ type: "resumed", seen: 0 });
    expect(latest().bodies("send_chat")).toMatchObject([{ text: "while away" }]);
    expect(links).toEqual(["online", "reconnecting", "online"]);
  });

  it("says a lost chat line again after a fresh welcome, and nothing else", async () => {
    const { signaling } = await greeted();
    latest().drop();
    signaling.send({ type: "send_chat", id: "1", text: "lost" });
    signaling.send({ type: "set_tracks", tracks: {} });
    await vi.advanceTimersByTimeAsync(LONGEST_FIRST_DELAY_MS);
    latest().accept();
    latest().say(WELCOME);
    expect(latest().bodies("send_chat")).toHaveLength(1);
    expect(latest().bodies("set_tracks")).toHaveLength(0);
  });

  it("gives up a socket on which nothing is heard", async () => {
    await greeted();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  it("gives up a suspected socket within two seconds unless it answers", async () => {
    const { signaling, links } = await greeted();
    signaling.suspect();
    expect(latest().bodies("ping")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    latest().say({ type: "pong", sent: 0, server_time: 0 });
    await vi.advanceTimersByTimeAsync(1_900);
    expect(links).toEqual(["online"]);
    signaling.suspect();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(links).toEqual(["online", "reconnecting"]);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("keeps a socket that answers", async () => {
    await greeted();
    for (let second = 0; second < 30; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      latest().say({ type: "pong", sent: 0, server_time: 0 });
    }
    expect(FakeSocket.all).toHaveLength(1);
    expect(latest().bodies("ping").length).toBeGreaterThan(3);
  });

  it("tries again at once when there is reason to, but not twice at a time", async () => {
    const { signaling } = await greeted();
    latest().drop();
    signaling.hurry();
    signaling.hurry();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it.each([
    [4403, "forbidden"],
    [4409, "replaced"],
    [4410, "ended"],
  ])("does not come back after %i", async (code, closing) => {
    const { refusals } = await greeted();
    latest().drop(code);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(refusals).toEqual([closing]);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it("starts anew when the server does not know the ticket or the conversation", async () => {
    await greeted();
    latest().drop(4401);
    await vi.advanceTimersByTimeAsync(LONGEST_FIRST_DELAY_MS);
    latest().accept();
    expect(latest().bodies("hello")).toMatchObject([{ resume: null, offer: "v=0" }]);
  });

  it("tries on while no ticket can be had, and stops when it is refused", async () => {
    let failure = "unreachable";
    const { refusals } = open(() => Promise.reject(new Error(failure)));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(FakeSocket.all.length).toBeGreaterThan(2);
    failure = "refused";
    await vi.advanceTimersByTimeAsync(20_000);
    const tried = FakeSocket.all.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(refusals).toEqual(["forbidden"]);
    expect(FakeSocket.all).toHaveLength(tried);
  });

  it("is silent after close", async () => {
    const { signaling, heard } = await greeted();
    const before = heard.length;
    signaling.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
    expect(heard).toHaveLength(before);
  });
});
