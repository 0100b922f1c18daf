/** Hands the microphone's sound to the worker, a frame at a time. Its first message is the port to the worker. */
import { Framer } from "./framer";

class Capture extends AudioWorkletProcessor {
  readonly #framer = new Framer(sampleRate);
  #worker: MessagePort | null = null;
  #isOver = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<MessagePort | null>) => {
      this.#worker = data;
      this.#isOver = data === null;
    };
  }

  override process([input]: Float32Array[][]): boolean {
    const [block] = input ?? [];
    if (block === undefined) return !this.#isOver;
    for (const frame of this.#framer.push(block)) this.#worker?.postMessage(frame, [frame.buffer]);
    return !this.#isOver;
  }
}

registerProcessor("capture", Capture);
