/**
 * The numbered conversation with the server, over any number of sockets. Pure: envelopes in, envelopes out.
 *
 * Each direction counts its messages 1, 2, 3 …; what is not acknowledged is kept and sent again after a
 * resumption, and what arrives twice is dropped. Messages with number 0 belong to one socket only. Knows no
 * socket, no timer and no room.
 */
import type { ClientEnvelope, Hello, ServerEnvelope, Welcome } from "./messages";

export type ClientBody = ClientEnvelope["body"];
export type ServerBody = ServerEnvelope["body"];

/** More unacknowledged messages than any honest outage makes; beyond it `send` refuses. */
export const UNACKNOWLEDGED_MAX = 256;

/**
 * What an arriving envelope means. `welcome` begins anew; `lost` was sent before and never acknowledged. After `gap` the socket must be dropped and the conversation resumed.
 */
export type Received =
  | { readonly kind: "welcome"; readonly body: Welcome; readonly lost: readonly ClientBody[] }
  | { readonly kind: "deliver"; readonly body: ServerBody }
  | { readonly kind: "resend"; readonly envelopes: readonly ClientEnvelope[] }
  | { readonly kind: "duplicate" }
  | { readonly kind: "gap" };

export class Conversation {
  #sent = 0;
  #received = 0;
  #unacknowledged: readonly ClientEnvelope[] = [];
  #token: string | null = null;

  /** Whether the server gave us a token to resume with. */
  get isResumable(): boolean {
    return this.#token !== null;
  }

  /** The first envelope of a socket: resumes if it can, and starts anew otherwise. */
  hello(fresh: Pick<Hello, "ticket" | "offer" | "tracks">): ClientEnvelope {
    const resume = this.#token === null ? null : { token: this.#token, seen: this.#received };
    return this.once({ type: "hello", ...fresh, resume });
  }

  /** Numbers a message and keeps it until it is acknowledged; null when too many are waiting. */
  send(body: ClientBody): ClientEnvelope | null {
    if (this.#unacknowledged.length >= UNACKNOWLEDGED_MAX) return null;
    this.#sent += 1;
    const envelope = { seq: this.#sent, ack: this.#received, body };
    this.#unacknowledged = [...this.#unacknowledged, envelope];
    return envelope;
  }

  /** An envelope for this socket only: it is not numbered and never sent again. */
  once(body: ClientBody): ClientEnvelope {
    return { seq: 0, ack: this.#received, body };
  }

  receive(envelope: ServerEnvelope): Received {
    const { seq, ack, body } = envelope;
    if (body.type === "welcome") return this.#begin(body);
    this.#acknowledge(ack);
    if (body.type === "resumed") return this.#resend(body.seen);
    if (seq === 0) return { kind: "deliver", body };
    if (seq <= this.#received) return { kind: "duplicate" };
    if (seq !== this.#received + 1) return { kind: "gap" };
    this.#received = seq;
    return { kind: "deliver", body };
  }

  /** Start anew with the next hello: the server does not take the old conversation up. */
  abandon() {
    this.#token = null;
  }

  #begin(body: Welcome): Received {
    const lost = this.#unacknowledged.map((envelope) => envelope.body);
    this.#sent = 0;
    this.#received = 0;
    this.#unacknowledged = [];
    this.#token = body.resume_token;
    return { kind: "welcome", body, lost };
  }

  #acknowledge(ack: number) {
    this.#unacknowledged = this.#unacknowledged.filter(({ seq }) => seq > ack);
  }

  #resend(seen: number): Received {
    this.#acknowledge(seen);
    const envelopes = this.#unacknowledged.map((e) => ({ ...e, ack: this.#received }));
    return { kind: "resend", envelopes };
  }
}
