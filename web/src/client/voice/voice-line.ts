/** One line of sound over a WebSocket, as the page holds it: our microphone goes in, the others' tracks come out. */
import captureUrl from "./capture.worklet?worker&url";
import { SAMPLE_HZ } from "./numbers";
import playoutUrl from "./playout.worklet?worker&url";
import type { FromVoice, ToVoice, VoiceCounts } from "./traffic";

export interface VoiceLineOptions {
  readonly url: string;
  readonly ticket: string;
  /** The `mid` of each line, by the tags of the frames. */
  readonly mids: readonly string[];
  readonly microphone: MediaStreamTrack | null;
  /** It is closed by the server or the network; never after `close`. */
  readonly onClosed: () => void;
  readonly onCounts: (counts: VoiceCounts) => void;
}

export class VoiceLine {
  /** The others' sound, by the `mid` of its line. */
  readonly tracks: ReadonlyMap<string, MediaStreamTrack>;
  readonly #context: AudioContext;
  readonly #playout: AudioWorkletNode;
  readonly #worker: Worker;
  readonly #options: VoiceLineOptions;
  #microphone: Microphone | null = null;
  #track: MediaStreamTrack | null = null;
  #isClosed = false;

  /** Resolves when the server has taken the ticket; rejects if it does not, or the network does not let it. */
  static async open(options: VoiceLineOptions): Promise<VoiceLine> {
    const context = new AudioContext({ sampleRate: SAMPLE_HZ, latencyHint: "interactive" });
    await context.audioWorklet.addModule(playoutUrl);
    const line = new VoiceLine(context, options);
    await line.#opened();
    return line;
  }

  private constructor(context: AudioContext, options: VoiceLineOptions) {
    const lines = options.mids.length;
    this.#options = options;
    this.#context = context;
    this.#playout = new AudioWorkletNode(context, "playout", {
      numberOfInputs: 0,
      numberOfOutputs: lines,
      outputChannelCount: Array.from({ length: lines }, () => 1),
    });
    this.tracks = new Map(options.mids.map((mid, line) => [mid, this.#trackOf(line)]));
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const { port1, port2 } = new MessageChannel();
    this.#playout.port.postMessage(port1, [port1]);
    const { url, ticket } = options;
    this.#tell({ kind: "begin", url, ticket, playout: port2 }, port2);
    resumeOnGesture(context);
    this.setMicrophone(options.microphone);
  }

  /** From now on this is what the others hear; null is nothing. */
  setMicrophone(track: MediaStreamTrack | null) {
    if (track === this.#track || this.#isClosed) return;
    this.#track = track;
    this.#microphone?.close();
    const { port1, port2 } = new MessageChannel();
    this.#tell({ kind: "microphone", frames: port1 }, port1);
    this.#microphone = track && new Microphone(track, port2);
  }

  /** Idempotent. */
  close() {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#microphone?.close();
    this.#playout.port.postMessage(null);
    this.#worker.terminate();
    for (const track of this.tracks.values()) track.stop();
    void this.#context.close();
  }

  #tell(message: ToVoice, port: MessagePort) {
    this.#worker.postMessage(message, [port]);
  }

  #trackOf(line: number): MediaStreamTrack {
    const destination = new MediaStreamAudioDestinationNode(this.#context, { channelCount: 1 });
    this.#playout.connect(destination, line);
    const [track] = destination.stream.getAudioTracks();
    if (!track) throw new Error("a destination has a track");
    return track;
  }

  #opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      let isOpen = false;
      this.#worker.onmessage = ({ data }: MessageEvent<FromVoice>) => {
        if (data.kind === "counts") return this.#options.onCounts(data.counts);
        if (data.kind === "opened") {
          isOpen = true;
          return resolve();
        }
        this.close();
        if (isOpen) this.#options.onClosed();
        else reject(new Error("voice_unreachable"));
      };
    });
  }
}

/** A track on its way to frames. Its context has whatever rate the microphone has, where browsers insist on that. */
class Microphone {
  readonly #context = new AudioContext({ latencyHint: "interactive" });
  #node: AudioWorkletNode | null = null;
  #isClosed = false;

  constructor(track: MediaStreamTrack, frames: MessagePort) {
    resumeOnGesture(this.#context);
    void this.#open(track, frames);
  }

  async #open(track: MediaStreamTrack, frames: MessagePort) {
    await this.#context.audioWorklet.addModule(captureUrl);
    if (this.#isClosed) return;
    const source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#node = new AudioWorkletNode(this.#context, "capture", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    this.#node.port.postMessage(frames, [frames]);
    source.connect(this.#node);
  }

  close() {
    this.#isClosed = true;
    this.#node?.port.postMessage(null);
    void this.#context.close();
  }
}

/** Browsers hold sound back until the person has done something on the page. */
function resumeOnGesture(context: AudioContext) {
  void context.resume();
  const resume = () => void context.resume();
  for (const gesture of ["pointerdown", "keydown"]) addEventListener(gesture, resume);
  context.addEventListener("statechange", () => {
    if (context.state === "suspended") return;
    for (const gesture of ["pointerdown", "keydown"]) removeEventListener(gesture, resume);
  });
}
