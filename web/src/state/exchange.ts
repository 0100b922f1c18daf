/** Wishes for a media session on their way: pairs each with its answer, its refusal, or the end of our patience. */
import type { ServerBody, VoiceJoined } from "../client/signaling";

const ANSWER_TIMEOUT_MS = 10_000;

type Answering = Extract<ServerBody, { type: "answer" | "voice_joined" }>;

interface Waiting {
  readonly seq: number;
  readonly resolve: (answer: Answering) => void;
  readonly reject: (reason: Error) => void;
}

export class Exchange {
  readonly #waiting = new Map<string, Waiting>();

  /** Resolves with the answer to the offer that was sent as `id` in message `seq`. */
  async answerTo(id: string, seq: number): Promise<string> {
    const answer = await this.#answered(id, seq);
    if (answer.type !== "answer") throw new Error("no_answer");
    return answer.sdp;
  }

  /** Resolves with the seat for sound alone that was asked for as `id` in message `seq`. */
  async seatFor(id: string, seq: number): Promise<VoiceJoined> {
    const seat = await this.#answered(id, seq);
    if (seat.type !== "voice_joined") throw new Error("no_answer");
    return seat;
  }

  /** Settles what this message settles; true if it was about a wish. */
  take(message: ServerBody): boolean {
    if (message.type === "answer" || message.type === "voice_joined") {
      this.#waiting.get(message.id)?.resolve(message);
      return true;
    }
    if (message.type !== "error") return false;
    const refused = [...this.#waiting.values()].find(({ seq }) => seq === message.about);
    refused?.reject(new Error(message.code));
    return refused !== undefined;
  }

  /** No answer will come any more. */
  clear() {
    for (const id of [...this.#waiting.keys()]) this.#end(id);
  }

  #answered(id: string, seq: number): Promise<Answering> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#end(id), ANSWER_TIMEOUT_MS);
      const settled = () => {
        clearTimeout(timer);
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, {
        seq,
        resolve: (answer) => {
          settled();
          resolve(answer);
        },
        reject: (reason) => {
          settled();
          reject(reason);
        },
      });
    });
  }

  #end(id: string) {
    this.#waiting.get(id)?.reject(new Error("no_answer"));
  }
}
