/** Offers on their way: pairs each with its answer, its refusal, or the end of our patience. */
import type { ServerBody } from "../client/signaling";

const ANSWER_TIMEOUT_MS = 10_000;

interface Waiting {
  readonly seq: number;
  readonly resolve: (answer: string) => void;
  readonly reject: (reason: Error) => void;
}

export class Exchange {
  readonly #waiting = new Map<string, Waiting>();

  /** Resolves with the answer to the offer that was sent as `id` in message `seq`. */
  answerTo(id: string, seq: number): Promise<string> {
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

  /** Settles what this message settles; true if it was about an offer. */
  take(message: ServerBody): boolean {
    if (message.type === "answer") {
      this.#waiting.get(message.id)?.resolve(message.sdp);
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

  #end(id: string) {
    this.#waiting.get(id)?.reject(new Error("no_answer"));
  }
}
