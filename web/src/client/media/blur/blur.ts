/**
 * A camera's picture with everything but the person blurred, on this device. The library and its model are loaded
 * from our own server when they are first needed. Knows no page and no other track.
 */
import type { GaussianBlurBackgroundProcessor } from "@twilio/video-processors";
import { createSink, type Frame, type FrameSink, framesOf } from "./frames";
import { afterFrame, FULL_PACE, type Pace, scaleOf } from "./pace";

/** Where the library finds its worker and its model: `blur-assets.ts`. */
declare const __BLUR_ASSETS__: string;

/** `slow`: this device cannot keep up. `unusable`: the browser lacks something, or it could not be loaded. */
export type BlurProblem = "slow" | "unusable";

export interface Blurred {
  /** Shows nothing until the first picture is blurred. */
  readonly track: MediaStreamTrack;
  close(): void;
}

/** Blurs a camera until it is closed, or cannot. */
export type StartBlur = (
  camera: MediaStreamTrack,
  onProblem: (problem: BlurProblem) => void,
) => Promise<Blurred>;

/** By default 15, which leaves a room recognizable. */
const RADIUS = 24;
const LOAD_TIMEOUT_MS = 20_000;

/** One a page: each processor starts a worker of its own that it never ends. */
export function createBlur(): StartBlur {
  let loading: Promise<GaussianBlurBackgroundProcessor> | null = null;
  return async (camera, onProblem) => {
    loading ??= load();
    loading.catch(() => {
      loading = null;
    });
    const blurring = new Blurring(await loading, onProblem);
    void blurring.run(camera);
    return blurring;
  };
}

async function load(): Promise<GaussianBlurBackgroundProcessor> {
  const library = await import("@twilio/video-processors");
  if (!library.isSupported) throw new Error("this browser has no canvas to blur on");
  const processor = new library.GaussianBlurBackgroundProcessor({
    assetsPath: __BLUR_ASSETS__,
    blurFilterRadius: RADIUS,
  });
  // A worker that does not start says nothing at all.
  await Promise.race([processor.loadModel(), failAfter(LOAD_TIMEOUT_MS)]);
  return processor;
}

class Blurring implements Blurred {
  readonly #processor: GaussianBlurBackgroundProcessor;
  readonly #onProblem: (problem: BlurProblem) => void;
  /** What is sent, as large as the camera's picture. */
  readonly #canvas = document.createElement("canvas");
  readonly #context = this.#canvas.getContext("2d");
  readonly #input = new OffscreenCanvas(1, 1);
  /** Takes the library's pictures over; drawn on any other canvas they would be left for the garbage collector. */
  readonly #output = document.createElement("canvas");
  readonly #sink: FrameSink = createSink(this.#canvas);
  readonly #ending = new AbortController();
  #pace: Pace = FULL_PACE;

  constructor(
    processor: GaussianBlurBackgroundProcessor,
    onProblem: (problem: BlurProblem) => void,
  ) {
    this.#processor = processor;
    this.#onProblem = onProblem;
    this.#output.getContext("bitmaprenderer");
  }

  get track(): MediaStreamTrack {
    return this.#sink.track;
  }

  /** Until closed, or given up. It never rejects. */
  async run(camera: MediaStreamTrack) {
    try {
      for await (const frame of framesOf(camera, this.#ending.signal)) {
        await this.#blur(frame).finally(() => frame.close());
        if (scaleOf(this.#pace) === 0) return this.#giveUp("slow");
      }
    } catch {
      this.#giveUp("unusable");
    }
  }

  close() {
    this.#ending.abort();
    this.#sink.close();
  }

  async #blur(frame: Frame) {
    const startedAt = performance.now();
    this.#take(frame);
    await this.#processor.processFrame(this.#input, this.#output);
    if (this.#ending.signal.aborted) return;
    resize(this.#canvas, [frame.width, frame.height]);
    this.#context?.drawImage(this.#output, 0, 0, frame.width, frame.height);
    // The library draws the first frame where it drew before.
    if (this.#pace.frames > 0) await this.#sink.write(frame);
    this.#pace = afterFrame(this.#pace, performance.now() - startedAt);
  }

  /** The frame as it is to be blurred. */
  #take({ image, width, height }: Frame) {
    const scale = scaleOf(this.#pace);
    const size = [Math.round(width * scale), Math.round(height * scale)] as const;
    resize(this.#input, size);
    resize(this.#output, size);
    this.#input.getContext("2d")?.drawImage(image, 0, 0, ...size);
  }

  #giveUp(problem: BlurProblem) {
    if (!this.#ending.signal.aborted) this.#onProblem(problem);
  }
}

function resize(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  [width, height]: readonly [number, number],
) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

function failAfter(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error("the library did not load in time")), ms);
  });
}
