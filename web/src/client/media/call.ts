/**
 * Keeps media flowing: one peer, its restarts, and a fresh peer when the server lost the session. Knows the
 * exchange of descriptions only as a function, and no room.
 *
 * A path that breaks is first found anew on the same session (ICE restart); if that does not help in time, or
 * the server does not know the session any more, a fresh session is made. Tracks are sent again in each.
 */
import type { Layer, Role, Source, VideoCodec } from "../signaling";
import { arrival, isDead, type LastArrival, LOOK_INTERVAL_MS, trafficOf } from "./path";
import { Peer, type PeerOptions, type Relays, type TransportPart } from "./peer";
import {
  QUALITY_UNKNOWN,
  type QualityHint,
  qualityBetween,
  type StatsEntry,
  type Totals,
  totalsOf,
} from "./quality";
import { Sending, type SendingOptions } from "./sending";

/** ICE heals short gaps alone; only after this do we ask for new paths. */
const RESTART_AFTER_MS = 2_000;
/** Where we saw it ourselves, ours is time enough: meanwhile the line shows whether it lives. */
const LINE_TRIED_MS = 1_500;
/** An attempt that was answered but has not brought media back by then is given up for a fresh session. */
const MENDING_TIMEOUT_MS = 6_000;
/** While the server cannot be reached at all. */
const NO_LINE_RETRY_MS = 5_000;
const RENEW_DELAYS_MS = [0, 1_000, 2_000, 5_000, 10_000] as const;
const QUALITY_INTERVAL_MS = 2_500;

/** By new paths for the same session, or by a fresh session. */
type Mending = "restart" | "fresh";

export type CallState = "connecting" | "connected" | "interrupted";

export interface CallOptions extends SendingOptions {
  readonly role: Role;
  /** Whether an exchange is possible now; `hurry` tells when it is again. */
  readonly hasLine: () => boolean;
  /** Sends an offer and brings the answer; rejects if the server refuses or is silent. */
  readonly exchange: (offer: string, fresh: boolean) => Promise<string>;
  readonly relays: Relays;
  readonly onState: (state: CallState) => void;
  /** Nothing comes any more: the network may have changed, and the line to the server with it. */
  readonly onSilence?: () => void;
  /** The receivable tracks changed altogether: there is a new peer. */
  readonly onTracks: (tracks: ReadonlyMap<string, MediaStreamTrack>) => void;
  readonly onQuality: (hint: QualityHint) => void;
  /** Hears of every look at a peer's statistics; null when there is another peer, whose totals begin anew. */
  readonly onLook?: (look: PeerLook | null) => void;
  readonly onTransport?: (of: TransportPart, state: string) => void;
  /** Another than the browser's, for tests. */
  readonly createPeer?: (options: PeerOptions) => PeerPort;
}

export interface PeerLook {
  readonly entries: readonly StatsEntry[];
  /** What each m-line sends. */
  readonly sent: ReadonlyMap<string, Source>;
}

/** What a call needs of a peer connection. */
export type PeerPort = Pick<
  Peer,
  | "offer"
  | "accept"
  | "send"
  | "encode"
  | "sendAs"
  | "limit"
  | "received"
  | "sources"
  | "state"
  | "stats"
  | "close"
>;

const createBrowserPeer: NonNullable<CallOptions["createPeer"]> = (options) => new Peer(options);

export class Call {
  readonly #options: CallOptions;
  readonly #sending: Sending;
  #peer: PeerPort | null = null;
  #state: CallState = "connecting";
  /** Whether the server knows the present peer: what it said before was of the one before. */
  #isAnswered = false;
  #renewals = 0;
  #attempt = 0;
  #isExchanging = false;
  #isSuspended = false;
  #mending: Mending = "restart";
  #totals: Totals | null = null;
  #mendTimer: ReturnType<typeof setTimeout> | undefined;
  #qualityTimer: ReturnType<typeof setInterval> | undefined;
  #lastArrival: LastArrival | null = null;
  /** Interrupted because nothing comes, whatever the browser says. */
  #isSilent = false;
  #pathTimer: ReturnType<typeof setInterval> | undefined;

  constructor(options: CallOptions) {
    this.#options = options;
    this.#sending = new Sending(options);
    this.#qualityTimer = setInterval(() => void this.#look(), QUALITY_INTERVAL_MS);
    this.#pathTimer = setInterval(() => void this.#watchPath(), LOOK_INTERVAL_MS);
  }

  /** A fresh peer's offer, for the hello; `accept` takes its answer. */
  async begin(): Promise<string> {
    const peer = this.#replacePeer();
    const offer = await peer.offer();
    if (peer === this.#peer) this.#options.onTracks(peer.received());
    return offer;
  }

  async accept(answer: string) {
    this.#isAnswered = true;
    await this.#peer?.accept(answer);
    await this.#sending.agreed();
  }

  /** From now on `source` is this track, or nothing, in this and every later peer. */
  async send(source: Source, track: MediaStreamTrack | null) {
    await this.#sending.send(source, track);
  }

  /** In the present session the server wants these layers of `source` only. */
  async encode(source: Source, layers: readonly Layer[]) {
    if (this.#isAnswered) await this.#sending.encode(source, layers);
  }

  /** In the present session the server wants `source` in this format. */
  async sendAs(source: Source, codec: VideoCodec) {
    if (this.#isAnswered) await this.#sending.sendAs(source, codec);
  }

  /** In the present session the server wants `source` in so many bits a second at most. */
  async limit(source: Source, bitsPerS: number) {
    if (this.#isAnswered) await this.#sending.limit(source, bitsPerS);
  }

  /** Makes a fresh session, again and again with pauses, until one is accepted. */
  renew() {
    this.#isSuspended = false;
    this.#show("interrupted");
    this.#attempt += 1;
    this.#isExchanging = false;
    const delay = RENEW_DELAYS_MS[Math.min(this.#renewals, RENEW_DELAYS_MS.length - 1)];
    this.#renewals += 1;
    this.#mendAfter(delay ?? 0, "fresh");
  }

  /** The network is back: if media is not, mend it now instead of at the next turn. */
  hurry() {
    if (this.#state !== "interrupted" || this.#isExchanging || this.#isSuspended) return;
    this.#mendAfter(0, this.#mending);
  }

  /** Gives up the session and makes no other until `renew`: sound goes another way. */
  suspend() {
    this.#isSuspended = true;
    this.#attempt += 1;
    this.#isExchanging = false;
    clearTimeout(this.#mendTimer);
    this.#peer?.close();
    this.#peer = null;
    this.#sending.detach();
    this.#options.onLook?.(null);
  }

  close() {
    this.suspend();
    clearInterval(this.#qualityTimer);
    clearInterval(this.#pathTimer);
  }

  /** One attempt; a newer one makes it void, so that no answer meets an offer that it was not for. */
  async #mend(how: Mending) {
    if (!this.#options.hasLine()) return this.#mendAfter(NO_LINE_RETRY_MS, how);
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#isExchanging = true;
    try {
      const offer = await (how === "fresh" ? this.begin() : this.#peer?.offer({ restart: true }));
      const answer = await this.#options.exchange(offer ?? "", how === "fresh");
      if (attempt !== this.#attempt) return;
      // Also where the old path came back meanwhile: the server has turned to the new ones.
      await this.accept(answer);
      if (this.#state !== "connected") this.#mendAfter(MENDING_TIMEOUT_MS, "fresh");
    } catch {
      if (attempt === this.#attempt && this.#state !== "connected") this.renew();
    } finally {
      if (attempt === this.#attempt) this.#isExchanging = false;
    }
  }

  #replacePeer(): PeerPort {
    clearTimeout(this.#mendTimer);
    this.#peer?.close();
    const { role, relays, createPeer = createBrowserPeer, onTransport, onLook } = this.#options;
    const onState = (state: RTCPeerConnectionState) => this.#changed(peer, state);
    const peer: PeerPort = createPeer({ role, relays, onState, onTransport });
    onLook?.(null);
    this.#peer = peer;
    this.#isAnswered = false;
    this.#totals = null;
    this.#lastArrival = null;
    this.#isSilent = false;
    this.#sending.attach(peer);
    return peer;
  }

  #changed(peer: PeerPort, state: RTCPeerConnectionState) {
    if (peer !== this.#peer) return;
    if (state === "connected") return this.#connected();
    if (state !== "disconnected" && state !== "failed") return;
    this.#show("interrupted");
    const wait = state === "failed" ? 0 : RESTART_AFTER_MS;
    this.#mendAfter(wait, "restart");
  }

  #connected() {
    clearTimeout(this.#mendTimer);
    this.#renewals = 0;
    this.#isSilent = false;
    this.#show("connected");
  }

  async #watchPath() {
    const peer = this.#peer;
    const traffic = peer?.state === "connected" ? trafficOf((await peer.stats()).values()) : null;
    if (traffic === null || peer !== this.#peer) return;
    const now = performance.now();
    const before = this.#lastArrival;
    this.#lastArrival = arrival(before, traffic, now);
    if (this.#isSilent && before !== this.#lastArrival) return this.#connected();
    if (this.#state === "connected" && isDead(this.#lastArrival, traffic, now)) this.#fellSilent();
  }

  /** The browser may say so later, or never: the same path can come back. */
  #fellSilent() {
    this.#isSilent = true;
    this.#show("interrupted");
    this.#options.onSilence?.();
    this.#mendAfter(LINE_TRIED_MS, "restart");
  }

  #show(state: CallState) {
    this.#state = state;
    this.#options.onState(state);
  }

  #mendAfter(delayMs: number, how: Mending) {
    clearTimeout(this.#mendTimer);
    this.#mending = how;
    this.#mendTimer = setTimeout(() => void this.#mend(how), delayMs);
  }

  async #look() {
    const peer = this.#peer;
    if (this.#isSuspended) return;
    if (peer?.state !== "connected") return this.#options.onQuality(QUALITY_UNKNOWN);
    const entries: StatsEntry[] = [...(await peer.stats()).values()];
    if (peer !== this.#peer) return;
    this.#options.onLook?.({ entries, sent: peer.sources() });
    const now = totalsOf(entries);
    if (this.#totals) this.#options.onQuality(qualityBetween(this.#totals, now));
    this.#totals = now;
    await this.#sending.look(entries, now.isDeviceBusy);
  }
}
