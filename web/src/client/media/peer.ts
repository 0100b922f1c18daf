/**
 * One PeerConnection to the SFU with the fixed lines of `template.ts`. Knows no signalling: it makes offers
 * and takes answers. The server is ICE-lite and reachable by its own candidates, so offers go out at once,
 * without waiting for ours (RFC 8445 §2.5: it learns of us by our checks).
 */
import type { Layer, Role, Source, VideoCodec } from "../signaling";
import { codecNamed, codecsOf, preferred } from "./codecs";
import { encodingsOf, type Thrift, withLayers } from "./encoding";
import { withStartBitrate } from "./start-bitrate";
import { type Line, linesOf } from "./template";

/** Brings ways past firewalls, good for minutes. It never fails: without any, the direct ways are tried. */
export type Relays = () => Promise<readonly RTCIceServer[]>;

/** Which of a connection's two handshakes. */
export type TransportPart = "ice" | "dtls";

type SentLine = Line & { readonly transceiver: RTCRtpTransceiver };

export interface PeerOptions {
  readonly role: Role;
  readonly relays: Relays;
  readonly onState: (state: RTCPeerConnectionState) => void;
  readonly onTransport?: ((of: TransportPart, state: string) => void) | undefined;
  /** Beside what the lines need; for checks that take one way only. */
  readonly configuration?: RTCConfiguration;
}

export class Peer {
  readonly #configuration: RTCConfiguration;
  readonly #connection: RTCPeerConnection;
  readonly #lines: readonly SentLine[];
  readonly #relays: Relays;
  readonly #onTransport: (of: TransportPart, state: string) => void;

  constructor({ role, relays, onState, onTransport = () => {}, configuration }: PeerOptions) {
    this.#configuration = { bundlePolicy: "max-bundle", ...configuration };
    this.#connection = new RTCPeerConnection(this.#configuration);
    this.#relays = relays;
    this.#onTransport = onTransport;
    this.#lines = linesOf(role).map((line) => ({ ...line, transceiver: this.#add(line) }));
    this.#connection.onconnectionstatechange = () => onState(this.#connection.connectionState);
    this.#connection.oniceconnectionstatechange = () =>
      onTransport("ice", this.#connection.iceConnectionState);
  }

  /** The description to send; with `restart` it asks the network paths to be found anew. */
  async offer({ restart = false } = {}): Promise<string> {
    const iceServers = [...(await this.#relays())];
    this.#connection.setConfiguration({ ...this.#configuration, iceServers });
    if (restart) this.#connection.restartIce();
    const offer = await this.#connection.createOffer();
    await this.#connection.setLocalDescription(offer);
    return offer.sdp ?? "";
  }

  async accept(answer: string): Promise<void> {
    const sdp = withStartBitrate(answer);
    await this.#connection.setRemoteDescription({ type: "answer", sdp });
    this.#watchTransport();
  }

  /** Sends this track as `source`, or nothing. Never renegotiates. */
  async send(source: Source, track: MediaStreamTrack | null) {
    const sender = this.#sender(source);
    if (sender && sender.track !== track) await sender.replaceTrack(track);
  }

  /** Encodes these layers of `source` only, and those thriftily; until then, all. Never renegotiates. */
  async encode(source: Source, layers: readonly Layer[], thrift?: Thrift) {
    const sender = this.#sender(source);
    if (!sender) return;
    const parameters = sender.getParameters();
    parameters.encodings = withLayers(parameters.encodings, layers, thrift);
    await change(sender, parameters);
  }

  /** Sends `source` in this format where the browser can change it (Firefox cannot). Never renegotiates. */
  async sendAs(source: Source, name: VideoCodec) {
    const sender = this.#sender(source);
    const parameters = sender?.getParameters();
    const codec = codecNamed(parameters?.codecs ?? [], name);
    if (!sender || !parameters || !codec) return;
    parameters.encodings = parameters.encodings.map((encoding) => ({ ...encoding, codec }));
    await change(sender, parameters);
  }

  /** Sends `source` in so many bits a second at most. Never renegotiates. */
  async limit(source: Source, bitsPerS: number) {
    const sender = this.#sender(source);
    if (!sender) return;
    const parameters = sender.getParameters();
    for (const encoding of parameters.encodings) encoding.maxBitrate = bitsPerS;
    await change(sender, parameters);
  }

  /** The tracks that can arrive, by the m-line that carries them. Known once an offer was made. */
  received(): ReadonlyMap<string, MediaStreamTrack> {
    const arriving = this.#lines.filter(({ direction }) => direction === "recvonly");
    return new Map(
      arriving.map(({ transceiver }) => [transceiver.mid ?? "", transceiver.receiver.track]),
    );
  }

  /** What each m-line sends. */
  sources(): ReadonlyMap<string, Source> {
    const sending = this.#lines.filter(({ direction }) => direction === "sendonly");
    return new Map(sending.map(({ transceiver, source }) => [transceiver.mid ?? "", source]));
  }

  get state(): RTCPeerConnectionState {
    return this.#connection.connectionState;
  }

  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close() {
    this.#connection.onconnectionstatechange = null;
    this.#connection.oniceconnectionstatechange = null;
    this.#connection.close();
  }

  /** All lines share one transport, which is there once the first description was answered. */
  #watchTransport() {
    const transport = this.#lines[0]?.transceiver.receiver.transport;
    if (transport) transport.onstatechange = () => this.#onTransport("dtls", transport.state);
  }

  #sender(source: Source): RTCRtpSender | undefined {
    return this.#lines.find((line) => line.direction === "sendonly" && line.source === source)
      ?.transceiver.sender;
  }

  #add({ kind, source, direction }: Line): RTCRtpTransceiver {
    const sendEncodings = direction === "sendonly" ? encodingsOf(source) : [];
    const init = { direction, sendEncodings: sendEncodings.map((encoding) => ({ ...encoding })) };
    const transceiver = this.#connection.addTransceiver(kind, init);
    const names = codecsOf(source, direction === "sendonly", navigator.hardwareConcurrency);
    preferCodecs(transceiver, kind, names);
    if (source === "screen" && direction === "sendonly") void keepSharp(transceiver.sender);
    return transceiver;
  }
}

/** Text that can be read at a few pictures a second is worth more than the reverse. */
function keepSharp(sender: RTCRtpSender): Promise<void> {
  const degradationPreference = "maintain-resolution";
  return change(sender, { ...sender.getParameters(), degradationPreference });
}

async function change(sender: RTCRtpSender, parameters: RTCRtpSendParameters) {
  try {
    await sender.setParameters(parameters);
  } catch (error) {
    // The peer was closed meanwhile and sends nothing.
    if (!(error instanceof DOMException && error.name === "InvalidStateError")) throw error;
  }
}

function preferCodecs(
  transceiver: RTCRtpTransceiver,
  kind: Line["kind"],
  names: readonly string[],
) {
  const codecs = preferred(RTCRtpReceiver.getCapabilities(kind)?.codecs ?? [], names);
  if (codecs.length > 0) transceiver.setCodecPreferences(codecs);
}
