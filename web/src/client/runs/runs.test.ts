import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createRuns, FRAME_BYTES_MAX, type Runs, STDIN_CHARS_MAX } from "./runs";
import type { RunServerMessage } from "./state";

const CLOSE_ENDED = 4410;

/** A socket whose other end is the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readonly sent: Record<string, unknown>[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  static get latest(): FakeSocket {
    const socket = FakeSocket.all.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(message: RunServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code = 1000): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const languages: RunServerMessage = { type: "languages", languages: [], unavailable: null };
const running: RunServerMessage = {
  type: "queued",
  run: "r1",
  ...{ by: "par_1", by_name: "Caro", language: "python", entry: "main.py", ahead: 0, at: 1 },
};
const program = { language: "python", entry: "main.py", files: [{ name: "main.py", text: "x" }] };

describe("the runner's client", () => {
  let runs: Runs;
  let tickets: number;

  beforeEach(async () => {
    vi.useFakeTimers();
    FakeSocket.all = [];
    tickets = 0;
    Object.assign(globalThis, { WebSocket: FakeSocket });
    runs = createRuns({ url: "ws://vivavoce.test/runs", getTicket: async () => `t${++tickets}` });
    await vi.advanceTimersByTimeAsync(0);
  });

  afterEach(() => {
    runs.destroy();
    vi.useRealTimers();
  });

  function greet(): FakeSocket {
    FakeSocket.latest.open();
    FakeSocket.latest.say(languages);
    return FakeSocket.latest;
  }

  it("greets with its ticket, and is open when the server has answered", () => {
    FakeSocket.latest.open();
    expect(FakeSocket.latest.sent).toEqual([{ type: "hello", ticket: "t1" }]);
    expect(runs.store.getState().connection).toBe("connecting");
    FakeSocket.latest.say(languages);
    expect(runs.store.getState().connection).toBe("open");
  });

  it("comes back after a drop with a fresh ticket", async () => {
    greet().close(1006);
    expect(runs.store.getState().connection).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(FakeSocket.all).toHaveLength(2);
    FakeSocket.latest.open();
    expect(FakeSocket.latest.sent).toEqual([{ type: "hello", ticket: "t2" }]);
  });

  it("does not come back when the interview has ended", async () => {
    greet().close(CLOSE_ENDED);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(runs.store.getState().connection).toBe("closed");
    expect(FakeSocket.all).toHaveLength(1);
  });

  it("leaves a socket on which nothing is heard, not one that answers pings", async () => {
    const socket = greet();
    for (let second = 0; second < 60; second += 10) {
      await vi.advanceTimersByTimeAsync(10_000);
      socket.say({ type: "pong" });
    }
    expect(FakeSocket.all).toHaveLength(1);
    expect(socket.sent.filter(({ type }) => type === "ping")).toHaveLength(6);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all.length).toBeGreaterThan(1);
  });

  it("keeps nothing to run for later, and says so", () => {
    runs.start(program);
    FakeSocket.latest.open();
    expect(FakeSocket.latest.sent.map(({ type }) => type)).toEqual(["hello"]);
    expect(runs.store.getState().refusal).toMatch(/reconnecting/);
  });

  it("refuses what is too large for the server, which would cut the connection", () => {
    const socket = greet();
    const files = [{ name: "main.py", text: '"\n'.repeat(FRAME_BYTES_MAX / 4) }];
    runs.start({ language: "python", entry: "main.py", files });
    expect(socket.sent.map(({ type }) => type)).toEqual(["hello"]);
    expect(runs.store.getState().refusal).toMatch(/too large/);
  });

  it("stops and feeds the run that goes on, and no other", () => {
    const socket = greet();
    runs.stop();
    runs.sendInput("too early\n");
    socket.say(running);
    runs.sendInput("Ada\n");
    runs.endInput();
    runs.stop();
    expect(socket.sent.slice(1)).toEqual([
      { type: "stdin", run: "r1", text: "Ada\n" },
      { type: "stdin", run: "r1", text: "", eof: true },
      { type: "stop", run: "r1" },
    ]);
  });

  it("sends long input in parts that never halve a character", () => {
    const socket = greet();
    socket.say(running);
    const text = `a${"😀".repeat(STDIN_CHARS_MAX)}`;
    runs.sendInput(text);
    const parts = socket.sent.slice(1).map((message) => String(message.text));
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.join("")).toBe(text);
    expect(
      parts.every((part) => part.length <= STDIN_CHARS_MAX && !/[\ud800-\udbff]$/.test(part)),
    ).toBe(true);
  });
});
