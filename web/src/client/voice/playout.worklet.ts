/** Plays what the worker has decoded: one output for each line. Its first message is the port to the worker. */
import { type Arrived, PlayoutBuffer } from "./playout";

/** Between two reports of what was played, in blocks of 128 samples: about half a second. */
const REPORT_BLOCKS = 188;

class Playout extends AudioWorkletProcessor {
  readonly #lines = new Map<number, PlayoutBuffer>();
  #worker: MessagePort | null = null;
  #blocks = 0;
  #isOver = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<MessagePort | null>) => {
      this.#worker = data;
      this.#isOver = data === null;
      if (data) data.onmessage = (message) => this.#take(message.data);
    };
  }

  override process(_: Float32Array[][], outputs: Float32Array[][]): boolean {
    for (const [line, buffer] of this.#lines) {
      const [block] = outputs[line] ?? [];
      if (block) buffer.pull(block);
    }
    this.#blocks += 1;
    if (this.#blocks % REPORT_BLOCKS === 0) this.#report();
    return !this.#isOver;
  }

  #take({ line, ...arrived }: Arrived & { readonly line: number }) {
    const buffer = this.#lines.get(line) ?? new PlayoutBuffer();
    this.#lines.set(line, buffer);
    buffer.push(arrived);
  }

  #report() {
    const counts = [...this.#lines].map(([line, buffer]) => ({
      line,
      ...buffer.counts,
      targetMs: Math.round((buffer.target * 1_000) / sampleRate),
    }));
    this.#worker?.postMessage(counts);
  }
}

registerProcessor("playout", Playout);
