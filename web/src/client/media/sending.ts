/**
 * What we send and how, in the present peer and every later one: tracks, as the server wants them, as this device can, and as
 * our way to the server bears.
 */
import type { Layer, Source, VideoCodec } from "../signaling";
import { afterTarget, cameraTargetOf, FINE, isCoarse } from "./coarse";
import type { Peer } from "./peer";
import type { StatsEntry } from "./quality";
import { affordable, afterLook, framesPerSMax, NO_RELIEF, type Relief, reliefIn } from "./relief";
import {
  afterReport,
  reportBetween,
  type SentTotals,
  sentTotalsOf,
  THIN_VOICE_BPS,
  type UplinkState,
  WIDE_UPLINK,
} from "./uplink";

/** What this needs of a peer connection. */
export type SendingPeer = Pick<Peer, "send" | "encode" | "sendAs" | "limit">;

export interface SendingOptions {
  /** From now on this much of our picture is left out, because the device is busy. */
  readonly onRelief?: ((relief: Relief) => void) | undefined;
  /** From now on our pictures rest, or no longer, because our network does not carry them. */
  readonly onRest?: ((rests: boolean) => void) | undefined;
}

/** What the server wants of the present session. */
interface Wanted {
  readonly camera: readonly Layer[];
  /** Until it says so, the browser's first. */
  readonly screenCodec: VideoCodec | null;
  /** Bits a second of our voice at most. */
  readonly voiceBps: number;
}

/** What browsers send a voice in by themselves. Source: libwebrtc, `webrtc_voice_engine.cc`. */
const VOICE_BPS = 32_000;
const NOTHING_SAID: Wanted = { camera: ["q", "h", "f"], screenCodec: null, voiceBps: VOICE_BPS };
const SCREEN: readonly Layer[] = ["f"];

export class Sending {
  readonly #options: SendingOptions;
  readonly #tracks = new Map<Source, MediaStreamTrack | null>();
  #peer: SendingPeer | null = null;
  #wanted = NOTHING_SAID;
  /** Outlives the peer: another one makes no faster device. */
  #relief = NO_RELIEF;
  #uplink = WIDE_UPLINK;
  #coarse = FINE;
  #sent: { readonly totals: SentTotals; readonly at: number } | null = null;

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  /** From now on through this peer, of whose session nothing was said. */
  attach(peer: SendingPeer) {
    this.#peer = peer;
    this.#wanted = NOTHING_SAID;
    this.#sent = null;
    this.#coarse = FINE;
    this.#bear(WIDE_UPLINK);
    for (const [source, track] of this.#tracks) void peer.send(source, track);
  }

  detach() {
    this.#peer = null;
  }

  /** The peer's lines were agreed upon, perhaps again: what holds of them is set again. */
  async agreed() {
    if (this.#relief.step > 0 || isCoarse(this.#coarse)) await this.#encodeCamera();
    const { screenCodec } = this.#wanted;
    if (screenCodec) await this.#peer?.sendAs("screen", screenCodec);
  }

  async send(source: Source, track: MediaStreamTrack | null) {
    this.#tracks.set(source, track);
    await this.#peer?.send(source, track);
  }

  /** The server wants these layers of `source` only; nothing but a camera has any. */
  async encode(source: Source, layers: readonly Layer[]) {
    if (source !== "camera") return;
    this.#wanted = { ...this.#wanted, camera: layers };
    await this.#encodeCamera();
  }

  /** The server wants `source` in this format; nothing but a screen has a choice. */
  async sendAs(source: Source, codec: VideoCodec) {
    if (source !== "screen") return;
    this.#wanted = { ...this.#wanted, screenCodec: codec };
    await this.#peer?.sendAs(source, codec);
  }

  /** The server wants `source` in so many bits a second at most; nothing but a voice is limited so. */
  async limit(source: Source, bitsPerS: number) {
    if (source !== "microphone") return;
    this.#wanted = { ...this.#wanted, voiceBps: bitsPerS };
    await this.#limitVoice();
  }

  /** Takes a look at the peer's statistics; whether the device is busy was found in them. */
  async look(entries: readonly StatsEntry[], isDeviceBusy: boolean) {
    const now = performance.now();
    await this.#relieve(isDeviceBusy, now);
    await this.#coarsen(cameraTargetOf(entries), now);
    const totals = sentTotalsOf(entries);
    const before = this.#sent;
    this.#sent = { totals, at: now };
    const report = before && reportBetween(before.totals, totals, now - before.at);
    if (!report) return;
    const had = this.#uplink.load;
    this.#bear(afterReport(this.#uplink, report, now));
    if (this.#uplink.load === had) return;
    await this.#limitVoice();
    await this.#encodeCamera();
    await this.#peer?.encode("screen", this.#rests ? [] : SCREEN);
  }

  get #rests(): boolean {
    return this.#uplink.load !== "all";
  }

  #bear(uplink: UplinkState) {
    const rested = this.#rests;
    this.#uplink = uplink;
    if (this.#rests !== rested) this.#options.onRest?.(this.#rests);
  }

  async #relieve(isDeviceBusy: boolean, now: number) {
    const before = this.#relief;
    this.#relief = afterLook(before, isDeviceBusy, now);
    if (this.#relief.step === before.step) return;
    this.#options.onRelief?.(reliefIn(this.#relief));
    await this.#encodeCamera();
  }

  async #coarsen(targetBps: number | null, now: number) {
    if (targetBps === null) return;
    const before = this.#coarse;
    this.#coarse = afterTarget(before, targetBps, now);
    const isSame = isCoarse(this.#coarse) === isCoarse(before) && this.#coarse.asks === before.asks;
    if (!isSame) await this.#encodeCamera();
  }

  async #encodeCamera() {
    const relief = reliefIn(this.#relief);
    const layers = this.#rests ? [] : affordable(this.#wanted.camera, relief);
    const { asks } = this.#coarse;
    const thrift = { framesPerSMax: framesPerSMax(relief), isCoarse: isCoarse(this.#coarse), asks };
    await this.#peer?.encode("camera", layers, thrift);
  }

  async #limitVoice() {
    const ownBps = this.#uplink.load === "thin_voice" ? THIN_VOICE_BPS : VOICE_BPS;
    await this.#peer?.limit("microphone", Math.min(ownBps, this.#wanted.voiceBps));
  }
}
