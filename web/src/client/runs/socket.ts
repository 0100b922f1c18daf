/**
 * A socket to the runner that comes back: hello with a fresh ticket, a pulse, an attempt after each drop.
 * Knows no meaning of what it carries beyond hello and ping.
 *
 * Safety: at most one socket lives; after `close` or a final refusal there is none, and no timer.
 * Liveness: until then there is an open socket, an attempt under way, or a timer that starts one.
 */
import { retryDelayMs } from "../signaling/backoff";
import { closingOf, isFinal } from "../signaling/closing";
import type { RunHello, RunPing, StartRun, Stdin, StopRun } from "./messages";
import type { RunServerMessage } from "./state";

export type RunClientMessage = RunHello | StartRun | Stdin | StopRun | RunPing;

const PING_INTERVAL_MS = 10_000;
/** With no frame for so long, pings unanswered, the network has silently changed. */
const SILENCE_MAX_MS = 25_000;

export interface RunsSocketOptions {
  readonly url: string;
  /** A fresh single-use ticket; a rejection counts as a failed attempt. */
  readonly getTicket: () => Promise<string>;
  /** Whether a failure to get a ticket is the server's last word. */
  readonly isRefusal?: (error: unknown) => boolean;
}

export interface RunsSocketEvents {
  readonly onMessage: (message: RunServerMessage) => void;
  /** A drop; an attempt to come back is under way. */
  readonly onInterrupted: () => void;
  /** The server will not have us back. */
  readonly onRefused: () => void;
}

export class RunsSocket {
  readonly #options: RunsSocketOptions;
  readonly #events: RunsSocketEvents;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #generation = 0;
  #heardAt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #pulseTimer: ReturnType<typeof setInterval>;

  constructor(options: RunsSocketOptions, events: RunsSocketEvents) {
    this.#options = options;
    this.#events = events;
    this.#pulseTimer = setInterval(() => this.#pulse(), PING_INTERVAL_MS);
    void this.#connect();
  }

  /** False when there is no open socket: nothing is kept for later, a late run would surprise. */
  send(message: RunClientMessage): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  close(): void {
    this.#generation += 1;
    clearTimeout(this.#retryTimer);
    clearInterval(this.#pulseTimer);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  async #connect(): Promise<void> {
    this.#generation += 1;
    const generation = this.#generation;
    try {
      const ticket = await this.#options.getTicket();
      if (generation === this.#generation) this.#open(ticket);
    } catch (error) {
      if (generation !== this.#generation) return;
      if (this.#options.isRefusal?.(error)) this.#refuse();
      else this.#retry();
    }
  }

  #open(ticket: string): void {
    const socket = new WebSocket(this.#options.url);
    this.#socket = socket;
    this.#heardAt = performance.now();
    socket.onopen = () => this.send({ type: "hello", ticket });
    socket.onmessage = ({ data }) => this.#receive(String(data));
    socket.onclose = ({ code }) => this.#closed(socket, code);
  }

  #receive(text: string): void {
    this.#heardAt = performance.now();
    this.#attempt = 0;
    this.#events.onMessage(JSON.parse(text) as RunServerMessage);
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    if (isFinal(closingOf(code))) this.#refuse();
    else this.#retry();
  }

  #pulse(): void {
    const socket = this.#socket;
    if (socket === null) return;
    if (performance.now() - this.#heardAt > SILENCE_MAX_MS) {
      socket.close();
      this.#closed(socket, 0);
    } else {
      this.send({ type: "ping" });
    }
  }

  #retry(): void {
    this.#events.onInterrupted();
    clearTimeout(this.#retryTimer);
    const delay = retryDelayMs(this.#attempt, Math.random());
    this.#attempt += 1;
    this.#retryTimer = setTimeout(() => void this.#connect(), delay);
  }

  #refuse(): void {
    this.close();
    this.#events.onRefused();
  }
}
