/**
 * One participant's line to the signalling service: opens sockets, resumes the conversation, measures the
 * round trip. Knows no room and no media; those listen.
 *
 * Safety: at most one socket is open, and a message is delivered once. Liveness: until `close` or a final
 * refusal there is always either an open socket, an attempt under way, or a timer that starts one.
 */
import { retryDelayMs } from "./backoff";
import { type Closing, closingOf, isFinal } from "./closing";
import { type ClientBody, Conversation, type ServerBody } from "./conversation";
import type { ServerEnvelope, TracksWish } from "./messages";

const PING_INTERVAL_MS = 5_000;
/** With no frame for so long, pings unanswered, the network has silently changed. */
const SILENCE_MAX_MS = 9_000;
/** Where media have fallen silent, an answer is due in this time. */
const SUSPICION_MS = 1_500;
/** A socket that neither opens nor greets in this time is given up. */
const GREETING_TIMEOUT_MS = 8_000;

export type LinkState = "connecting" | "online" | "reconnecting" | "closed";

export interface SignalingOptions {
  readonly url: string;
  /** Brings a fresh single-use ticket. A rejection counts as a failed attempt; see `isRefusal`. */
  readonly ticket: () => Promise<string>;
  /** The offer of a fresh start, or null for none. A resumption has none; if it is refused, the welcome asks for one. */
  readonly offer: () => Promise<string | null>;
  /** Our switches now. */
  readonly tracks: () => TracksWish;
  /** Whether this failure to get a ticket is the server's last word. */
  readonly isRefusal: (error: unknown) => boolean;
  readonly onMessage: (body: ServerBody) => void;
  readonly onLink: (state: LinkState) => void;
  /** The server will not have us back. `error` is there when the ticket was refused. */
  readonly onRefused: (closing: Closing, error?: unknown) => void;
  readonly onRoundTrip: (ms: number) => void;
}

export class Signaling {
  readonly #options: SignalingOptions;
  readonly #conversation = new Conversation();
  #socket: WebSocket | null = null;
  #link: LinkState = "connecting";
  #attempt = 0;
  #generation = 0;
  #lastFrameAt = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #pulseTimer: ReturnType<typeof setInterval> | undefined;

  constructor(options: SignalingOptions) {
    this.#options = options;
  }

  /** Starts at once, and goes on by itself until `close`. */
  open() {
    globalThis.addEventListener("online", this.hurry);
    this.#pulseTimer = setInterval(() => this.#pulse(), PING_INTERVAL_MS);
    void this.#connect();
  }

  /** Sends a message, now or after the next resumption. Its number, or null if too many are waiting. */
  send(body: ClientBody): number | null {
    const envelope = this.#conversation.send(body);
    if (envelope !== null && this.#link === "online") this.#transmit(envelope);
    return envelope?.seq ?? null;
  }

  /** Ends everything that the constructor and `open` began. */
  close() {
    this.#setLink("closed");
    this.#generation += 1;
    clearTimeout(this.#retryTimer);
    clearInterval(this.#pulseTimer);
    globalThis.removeEventListener("online", this.hurry);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  async #connect() {
    const generation = this.#supersede();
    const socket = this.#openSocket();
    try {
      const hello = await this.#prepareHello();
      if (socket === this.#socket) this.#sendWhenOpen(socket, hello);
    } catch (error) {
      if (generation !== this.#generation) return;
      if (this.#options.isRefusal(error)) this.#refuse("forbidden", error);
      else this.#lose(socket);
    }
  }

  /** The socket opens while the ticket is fetched: a round trip less on the way in. */
  #openSocket(): WebSocket {
    const socket = new WebSocket(this.#options.url);
    this.#socket = socket;
    this.#lastFrameAt = performance.now();
    const giveUp = setTimeout(() => this.#lose(socket), GREETING_TIMEOUT_MS);
    socket.onmessage = ({ data }) => {
      clearTimeout(giveUp);
      this.#receive(String(data));
    };
    socket.onclose = ({ code }) => {
      clearTimeout(giveUp);
      this.#closed(socket, closingOf(code));
    };
    return socket;
  }

  async #prepareHello(): Promise<() => object> {
    const isFresh = !this.#conversation.isResumable;
    const [ticket, offer] = await Promise.all([
      this.#options.ticket(),
      isFresh ? this.#options.offer() : null,
    ]);
    return () => this.#conversation.hello({ ticket, offer, tracks: this.#options.tracks() });
  }

  #sendWhenOpen(socket: WebSocket, hello: () => object) {
    if (socket.readyState === WebSocket.OPEN) this.#transmit(hello());
    else socket.onopen = () => this.#transmit(hello());
  }

  #receive(text: string) {
    this.#lastFrameAt = performance.now();
    const envelope = JSON.parse(text) as ServerEnvelope;
    const received = this.#conversation.receive(envelope);
    switch (received.kind) {
      case "gap":
        return this.#lose(this.#socket);
      case "duplicate":
        return;
      case "resend":
        this.#setOnline();
        return received.envelopes.forEach((waiting) => void this.#transmit(waiting));
      case "welcome":
        this.#setOnline();
        this.#options.onMessage(received.body);
        // The server knows a chat line by its id, so saying it again cannot double it. Everything else
        // that was lost is out of date after a welcome.
        return received.lost.filter(isChat).forEach((body) => void this.send(body));
      case "deliver":
        return this.#deliver(received.body);
    }
  }

  #deliver(body: ServerBody) {
    if (body.type === "pong") this.#options.onRoundTrip(performance.now() - body.sent);
    else this.#options.onMessage(body);
  }

  #setOnline() {
    this.#attempt = 0;
    this.#setLink("online");
  }

  #closed(socket: WebSocket, closing: Closing) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    if (isFinal(closing)) return this.#refuse(closing);
    // A refused resumption closes too: what cannot be taken up must start anew.
    if (closing === "unauthenticated") this.#conversation.abandon();
    this.#retry();
  }

  #lose(socket: WebSocket | null) {
    if (socket === null || socket !== this.#socket) return;
    socket.onclose = null;
    socket.close();
    this.#closed(socket, "interrupted");
  }

  #retry() {
    this.#setLink("reconnecting");
    clearTimeout(this.#retryTimer);
    const delay = retryDelayMs(this.#attempt, Math.random());
    this.#attempt += 1;
    this.#retryTimer = setTimeout(() => void this.#connect(), delay);
  }

  /** There is reason to think that the server can be reached: try now instead of at the next turn. */
  readonly hurry = () => {
    if (this.#link === "online") this.#pulse();
    if (this.#link !== "reconnecting" || this.#socket !== null) return;
    clearTimeout(this.#retryTimer);
    void this.#connect();
  };

  /** There is reason to think that the network has changed: if no answer comes soon, the socket is given up. */
  suspect() {
    const socket = this.#socket;
    if (this.#link !== "online" || socket === null) return;
    const asked = performance.now();
    this.#pulse();
    setTimeout(() => {
      if (this.#lastFrameAt < asked) this.#lose(socket);
    }, SUSPICION_MS);
  }

  #refuse(closing: Closing, error?: unknown) {
    this.close();
    this.#options.onRefused(closing, error);
  }

  #supersede(): number {
    this.#generation += 1;
    const previous = this.#socket;
    this.#socket = null;
    previous?.close();
    return this.#generation;
  }

  #pulse() {
    if (this.#link !== "online") return;
    if (performance.now() - this.#lastFrameAt > SILENCE_MAX_MS) return this.#lose(this.#socket);
    this.#transmit(this.#conversation.once({ type: "ping", sent: performance.now() }));
  }

  #transmit(envelope: object) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(envelope));
  }

  #setLink(state: LinkState) {
    if (state === this.#link) return;
    this.#link = state;
    this.#options.onLink(state);
  }
}

function isChat(body: ClientBody): boolean {
  return body.type === "send_chat";
}
