/**
 * A track's pictures one by one, and a track made of pictures. Chromium gives and takes frames, also behind other
 * pages; elsewhere a video element and a canvas do. Knows not what is done with them.
 */

export interface Frame {
  readonly image: VideoFrame | HTMLVideoElement;
  readonly width: number;
  readonly height: number;
  close(): void;
}

export interface FrameSink {
  readonly track: MediaStreamTrack;
  /** Sends what the canvas shows in place of `frame`. */
  write(frame: Frame): Promise<void>;
  close(): void;
}

/** Source: MediaStreamTrack Insertable Media Processing using Streams, W3C; not in TypeScript's library. */
interface FrameStreams {
  readonly MediaStreamTrackProcessor?: new (init: {
    track: MediaStreamTrack;
    maxBufferSize: number;
  }) => { readonly readable: ReadableStream<VideoFrame> };
  readonly MediaStreamTrackGenerator?: new (init: {
    kind: "video";
  }) => MediaStreamTrack & { readonly writable: WritableStream<VideoFrame> };
}

const { MediaStreamTrackProcessor: Processor, MediaStreamTrackGenerator: Generator } =
  globalThis as unknown as FrameStreams;
/** While the page is hidden a video element tells of no frame. */
const NEXT_FRAME_TIMEOUT_MS = 100;
const SINK_FRAMES_PER_S = 30;

/** The newest picture each time, until the track ends or `signal` aborts. Each must be closed. */
export function framesOf(track: MediaStreamTrack, signal: AbortSignal): AsyncGenerator<Frame> {
  return Processor
    ? streamed(new Processor({ track, maxBufferSize: 1 }), signal)
    : seen(track, signal);
}

async function* streamed(
  { readable }: { readonly readable: ReadableStream<VideoFrame> },
  signal: AbortSignal,
): AsyncGenerator<Frame> {
  const reader = readable.getReader();
  signal.addEventListener("abort", () => void reader.cancel());
  for (;;) {
    const { value: image, done } = await reader.read();
    if (done) return;
    const { displayWidth: width, displayHeight: height } = image;
    yield { image, width, height, close: () => image.close() };
  }
}

async function* seen(track: MediaStreamTrack, signal: AbortSignal): AsyncGenerator<Frame> {
  const image = document.createElement("video");
  image.muted = true;
  image.srcObject = new MediaStream([track]);
  await image.play();
  while (!signal.aborted && track.readyState === "live") {
    await nextFrame(image);
    const { videoWidth: width, videoHeight: height } = image;
    yield { image, width, height, close: () => {} };
  }
  image.srcObject = null;
}

function nextFrame(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve) => {
    video.requestVideoFrameCallback(() => resolve());
    setTimeout(resolve, NEXT_FRAME_TIMEOUT_MS);
  });
}

/** A track of what a canvas, whose context is there already, shows. */
export function createSink(canvas: HTMLCanvasElement): FrameSink {
  return Generator ? generated(canvas, new Generator({ kind: "video" })) : captured(canvas);
}

function generated(
  canvas: HTMLCanvasElement,
  track: MediaStreamTrack & { readonly writable: WritableStream<VideoFrame> },
): FrameSink {
  const writer = track.writable.getWriter();
  const timestampOf = ({ image }: Frame) =>
    image instanceof VideoFrame ? image.timestamp : performance.now() * 1_000;
  return {
    track,
    write: (frame) => writer.write(new VideoFrame(canvas, { timestamp: timestampOf(frame) })),
    close: () => {
      track.stop();
      writer.close().catch(() => {}); // it is closed when the track was stopped first
    },
  };
}

function captured(canvas: HTMLCanvasElement): FrameSink {
  const [track] = canvas.captureStream(SINK_FRAMES_PER_S).getVideoTracks();
  if (!track) throw new Error("this browser makes no track of a canvas");
  return { track, write: async () => {}, close: () => track.stop() };
}
