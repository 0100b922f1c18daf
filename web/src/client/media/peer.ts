/**
 * One PeerConnection to the SFU with the fixed lines of `template.ts`. Knows no signalling: it makes offers
 * and takes answers. The server is ICE-lite and reachable by its own candidates, so offers go out at once,
 * without waiting for ours (RFC 8445 §2.5: it learns of us by our checks).
 */
import type { Role, Source } from "../signaling";
import { encodingOf } from "./encoding";
import { withStartBitrate } from "./start-bitrate";
import { type Line, linesOf } from "./template";

const VIDEO_CODEC = "video/VP8";
const AUDIO_CODEC = "audio/opus";
const REPAIR_CODECS = ["video/rtx"];

type SentLine = Line & { readonly transceiver: RTCRtpTransceiver };

export class Peer {
  readonly #connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  readonly #lines: readonly SentLine[];

  constructor(role: Role, onState: (state: RTCPeerConnectionState) => void) {
    this.#lines = linesOf(role).map((line) => ({ ...line, transceiver: this.#add(line) }));
    this.#connection.onconnectionstatechange = () => onState(this.#connection.connectionState);
  }

  /** The description to send; with `restart` it asks the network paths to be found anew. */
  async offer({ restart = false } = {}): Promise<string> {
    if (restart) this.#connection.restartIce();
    const offer = await this.#connection.createOffer();
    await this.#connection.setLocalDescription(offer);
    return offer.sdp ?? "";
  }

  accept(answer: string): Promise<void> {
    const sdp = withStartBitrate(answer);
    return this.#connection.setRemoteDescription({ type: "answer", sdp });
  }

  /** Sends this track as `source`, or nothing. Never renegotiates. */
  async send(source: Source, track: MediaStreamTrack | null) {
    const sender = this.#sender(source);
    if (sender && sender.track !== track) await sender.replaceTrack(track);
  }

  /** Fits our pictures to the number of people who see them. */
  async fitTo(people: number) {
    for (const source of ["camera", "screen"] as const) {
      const sender = this.#sender(source);
      const encoding = encodingOf(source, people);
      const parameters = sender?.getParameters();
      const first = parameters?.encodings[0];
      if (!sender || !parameters || !first || !encoding) continue;
      if (first.scaleResolutionDownBy === encoding.scaleResolutionDownBy) continue;
      Object.assign(first, encoding);
      await sender.setParameters(parameters);
    }
  }

  /** The tracks that can arrive, by the m-line that carries them. Known once an offer was made. */
  received(): ReadonlyMap<string, MediaStreamTrack> {
    const arriving = this.#lines.filter(({ direction }) => direction === "recvonly");
    return new Map(
      arriving.map(({ transceiver }) => [transceiver.mid ?? "", transceiver.receiver.track]),
    );
  }

  get state(): RTCPeerConnectionState {
    return this.#connection.connectionState;
  }

  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close() {
    this.#connection.onconnectionstatechange = null;
    this.#connection.close();
  }

  #sender(source: Source): RTCRtpSender | undefined {
    return this.#lines.find((line) => line.direction === "sendonly" && line.source === source)
      ?.transceiver.sender;
  }

  #add({ kind, source, direction }: Line): RTCRtpTransceiver {
    const encoding = direction === "sendonly" ? encodingOf(source, 0) : null;
    const init = encoding ? { direction, sendEncodings: [{ ...encoding }] } : { direction };
    const transceiver = this.#connection.addTransceiver(kind, init);
    preferOurCodecs(transceiver, kind);
    return transceiver;
  }
}

function preferOurCodecs(transceiver: RTCRtpTransceiver, kind: Line["kind"]) {
  const wanted = kind === "video" ? VIDEO_CODEC : AUDIO_CODEC;
  const codecs = RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [];
  const is = (names: readonly string[]) =>
    codecs.filter(({ mimeType }) =>
      names.some((name) => name.toLowerCase() === mimeType.toLowerCase()),
    );
  const preferred = is([wanted]);
  if (preferred.length > 0) {
    transceiver.setCodecPreferences([...preferred, ...is(kind === "video" ? REPAIR_CODECS : [])]);
  }
}
