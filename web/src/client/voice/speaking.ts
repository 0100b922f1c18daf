/** Our microphone's way out: frames are encoded and sent, or given up if the socket is behind. */
import { ENCODER } from "./codec";
import { encodeFrame } from "./frame";
import { levelOf } from "./framer";
import { SAMPLE_HZ, Stamps } from "./numbers";

/** About 200 ms of frames. Beyond it the network does not take them as fast as we speak. */
const BUFFERED_BYTES_MAX = 1_000;
const US_PER_SAMPLE = 1_000_000 / SAMPLE_HZ;

/** What speaking needs of a socket. */
export type Outlet = Pick<WebSocket, "bufferedAmount" | "readyState" | "send">;

export class Speaking {
  readonly #socket: Outlet;
  readonly #encoder: AudioEncoder;
  readonly #stamps = new Stamps();
  readonly #levels = new Map<number, number>();
  #isOpen = false;
  #sequence = 0;
  #sent = 0;
  #unsent = 0;
  #bytes = 0;

  constructor(socket: Outlet, onFailure: () => void) {
    this.#socket = socket;
    this.#encoder = new AudioEncoder({ output: (chunk) => this.#send(chunk), error: onFailure });
    this.#encoder.configure(ENCODER);
  }

  get counts() {
    return { sent: this.#sent, unsent: this.#unsent, bytes: this.#bytes };
  }

  /** Until then nothing is sent: the server has not taken the ticket. */
  begin() {
    this.#isOpen = true;
  }

  /** A frame of 20 ms. */
  take(samples: Float32Array<ArrayBuffer>) {
    if (!this.#isOpen || this.#encoder.state !== "configured") return;
    const stamp = this.#stamps.next(performance.now());
    this.#levels.set(stamp, levelOf(samples));
    const sound = new AudioData({
      format: "f32-planar",
      sampleRate: SAMPLE_HZ,
      numberOfFrames: samples.length,
      numberOfChannels: 1,
      timestamp: Math.round(stamp * US_PER_SAMPLE),
      data: samples,
    });
    this.#encoder.encode(sound);
    sound.close();
  }

  close() {
    this.#isOpen = false;
    if (this.#encoder.state !== "closed") this.#encoder.close();
  }

  #send(chunk: EncodedAudioChunk) {
    const stamp = this.#stampOf(chunk.timestamp);
    const level = this.#levels.get(stamp) ?? 127;
    for (const older of this.#levels.keys()) if (older <= stamp) this.#levels.delete(older);
    this.#sequence += 1;
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > BUFFERED_BYTES_MAX) {
      this.#unsent += 1;
      return;
    }
    const payload = new Uint8Array(chunk.byteLength);
    chunk.copyTo(payload);
    const sequence = this.#sequence % 2 ** 16;
    const frame = encodeFrame({ tag: level, sequence, timestamp: stamp % 2 ** 32, payload });
    this.#socket.send(frame);
    this.#sent += 1;
    this.#bytes += payload.length;
  }

  /** The frame that an encoder's time belongs to; encoders round, and some begin a little before. */
  #stampOf(timestamp: number): number {
    const samples = timestamp / US_PER_SAMPLE;
    let nearest = Math.round(samples);
    let distance = Number.POSITIVE_INFINITY;
    for (const stamp of this.#levels.keys()) {
      if (Math.abs(stamp - samples) >= distance) continue;
      distance = Math.abs(stamp - samples);
      nearest = stamp;
    }
    return Math.max(0, nearest);
  }
}
