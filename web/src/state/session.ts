/**
 * One stay in a room: signalling, media, documents and runs held together, from joining to leaving.
 * Knows no page. The pages read its stores and call its verbs.
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import { type Api, ApiError } from "../client/api";
import { type CheckApi, isReachable } from "../client/check";
import { type Collab, createCollab } from "../client/collab";
import { Call, type Relief, Sight, ViewReport, viewOf } from "../client/media";
import { createRuns, type Runs } from "../client/runs";
import {
  type Closing,
  type ServerBody,
  Signaling,
  type Source,
  type TracksWish,
  type VoiceJoined,
  type Welcome,
} from "../client/signaling";
import { CallLog } from "./call-log";
import { type Devices, isSending } from "./devices";
import { Exchange } from "./exchange";
import { isRefusal, type Membership } from "./membership";
import { linesIn } from "./pictures";
import { emptyRoom, type RoomState, reduce } from "./room";
import { Voice } from "./voice";

/** What the server answers to whoever wants a ticket for an interview that has ended. */
const STATUS_OVER = 409;

export type Ending = "left" | "removed" | "ended" | "replaced" | "refused";

/** Something that happened and is told once. */
export type Notice =
  | { readonly kind: "muted"; readonly by: string; readonly source: Source }
  | { readonly kind: "refused"; readonly message: string }
  /** This device is too slow for its picture. */
  | { readonly kind: "relieved"; readonly isBlurring: boolean }
  | { readonly kind: "arrived" | "departed"; readonly name: string };

export interface SessionOptions {
  readonly api: Api;
  readonly membership: Membership;
  readonly devices: Devices;
  /** Came in by signing in and not by an invitation: may see the interview's links. */
  readonly isSignedIn: boolean;
  /** What a try of the ordinary ways is made with. */
  readonly checkApi: () => CheckApi;
  /** False for sound only. */
  readonly wantsVideo: boolean;
  readonly onNotice: (notice: Notice) => void;
  /** The stay is over; the session has closed itself. `message` is the server's sentence, if it sent one. */
  readonly onEnding: (ending: Ending, message: string | null) => void;
}

export class RoomSession {
  readonly store: StoreApi<RoomState>;
  readonly collab: Collab;
  readonly runs: Runs;
  readonly devices: Devices;
  /** Knows which tiles are seen; each tells it where it is. */
  readonly sight: Sight;
  readonly #options: SessionOptions;
  readonly #signaling: Signaling;
  readonly #call: Call;
  readonly #voice: Voice;
  readonly #exchange = new Exchange();
  readonly #report: ViewReport;
  readonly #log: CallLog;
  readonly #stopFollowing: () => void;
  #announced = "";
  #lastRefusal: string | null = null;

  constructor(options: SessionOptions) {
    const { membership, devices, wantsVideo } = options;
    const { joined } = membership;
    this.#options = options;
    this.devices = devices;
    this.store = createStore<RoomState>(() => ({
      ...emptyRoom(joined.participant, joined.interview),
      wantsVideo,
    }));
    this.collab = createCollab({
      url: joined.urls.collab,
      interview: joined.interview.id,
      participant: joined.participant,
      getTicket: () => membership.ticket("collab"),
      isRefusal,
    });
    this.runs = createRuns({
      url: joined.urls.runs,
      getTicket: () => membership.ticket("runs"),
    });
    this.#log = new CallLog({ api: options.api, membership, room: this.store, devices });
    this.#call = this.#createCall();
    this.#voice = this.#createVoice();
    this.#signaling = this.#createSignaling();
    this.sight = new Sight(() => this.#report.look());
    this.#report = new ViewReport({
      view: () => this.#view(),
      send: (view) => this.#signaling.send(view) !== null,
    });
    const unfollow = [
      devices.store.subscribe(() => this.#followDevices()),
      this.store.subscribe(({ slots, wantsVideo }, before) => {
        if (slots !== before.slots || wantsVideo !== before.wantsVideo) this.#report.look();
      }),
      this.collab.store.subscribe(({ connection }, before) => {
        // One socket has found the server again: the other need not wait for its turn.
        if (connection === "online" && before.connection !== "online") this.#signaling.hurry();
      }),
    ];
    this.#stopFollowing = () => unfollow.forEach((stop) => void stop());
    this.#followDevices();
    this.#signaling.open();
  }

  get role() {
    return this.#options.membership.joined.role;
  }

  sendChat(text: string): boolean {
    const id = crypto.randomUUID();
    if (this.#signaling.send({ type: "send_chat", id, text }) === null) return false;
    this.store.setState(({ outgoing }) => ({ outgoing: [...outgoing, { id, text }] }));
    return true;
  }

  /** Whether to see the others, or only hear them. */
  wantVideo(wantsVideo: boolean) {
    this.store.setState({ wantsVideo });
  }

  mute(participant: string, source: Source) {
    this.#signaling.send({ type: "mute", participant, source });
  }

  remove(participant: string) {
    this.#signaling.send({ type: "remove", participant });
  }

  async startInterview() {
    const { api, membership } = this.#options;
    await api.startInterview(membership.joined.interview.id, membership.token());
  }

  async endInterview() {
    const { api, membership } = this.#options;
    await api.endInterview(membership.joined.interview.id, membership.token());
  }

  /** The candidate's open link, for those who may see it. */
  async candidateLink(): Promise<string | null> {
    const { api, membership, isSignedIn } = this.#options;
    if (!isSignedIn) return null;
    const links = await api.listInvitations(membership.joined.interview.id);
    const open = links.find((link) => link.role === "candidate" && link.revoked_at === null);
    return open?.url ?? null;
  }

  leave() {
    this.#signaling.send({ type: "leave" });
    this.#end("left", null);
  }

  /** Undoes what the constructor did; the devices are the caller's. */
  close() {
    this.#stopFollowing();
    this.#exchange.clear();
    this.sight.close();
    this.#report.close();
    this.#signaling.close();
    this.#voice.close();
    this.#call.close();
    this.#log.close();
    this.collab.destroy();
    this.runs.destroy();
  }

  #createCall(): Call {
    return new Call({
      role: this.role,
      hasLine: () => this.store.getState().link === "online",
      exchange: (sdp, fresh) => this.#offer(sdp, fresh),
      relays: () => this.#options.membership.relays(),
      onSilence: () => this.#signaling.suspect(),
      onState: (media) => {
        if (!this.#voice.isInUse) this.store.setState({ media });
        this.#voice.callIs(media === "connected");
      },
      // What was said of the pictures was said of the peer before.
      onTracks: (tracks) => this.store.setState({ tracks, pictures: [] }),
      onQuality: (quality) => this.store.setState({ quality }),
      onRelief: (relief) => this.#relieved(relief),
      onRest: (rests) => this.#rested(rests),
      onLook: (look) => this.#log.look(look),
      onTransport: (of, state) => this.#log.transport(of, state),
    });
  }

  #relieved(relief: Relief) {
    const before = this.store.getState().relief;
    this.store.setState({ relief });
    const isBlurring = this.devices.store.getState().blur.isOn;
    if (before === "none") this.#options.onNotice({ kind: "relieved", isBlurring });
  }

  #rested(rests: boolean) {
    this.store.setState({ rests });
    this.#signaling.send({ type: "rest", rests });
  }

  #createVoice(): Voice {
    const { membership, checkApi } = this.#options;
    return new Voice({
      url: membership.joined.urls.voice,
      room: this.store,
      call: this.#call,
      join: () => this.#joinVoice(),
      isReachable: () => isReachable(checkApi(), () => membership.relays()),
      onLook: (counts, mids) => this.#log.voice(counts, mids),
    });
  }

  #createSignaling(): Signaling {
    const { membership } = this.#options;
    return new Signaling({
      url: membership.joined.urls.signaling,
      ticket: () => membership.ticket("signaling"),
      // With sound over the WebSocket an offer would only take its session away.
      offer: async () => (this.#voice.isInUse ? null : this.#call.begin()),
      tracks: () => this.#switches(),
      isRefusal,
      onMessage: (message) => this.#receive(message),
      onLink: (link) => {
        this.store.setState({ link });
        if (link === "online") this.#call.hurry();
      },
      onRoundTrip: (roundTripMs) => this.store.setState({ roundTripMs }),
      onRefused: (closing, error) => this.#refused(closing, error),
    });
  }

  #receive(message: ServerBody) {
    const before = this.store.getState();
    this.store.setState(reduce(before, message, Date.now()));
    if (this.#exchange.take(message)) return;
    switch (message.type) {
      case "welcome":
        return this.#welcomed(message);
      case "media_failed":
        return this.#voice.renew();
      case "muted":
        return this.#muted(message.source, message.by);
      case "joined":
        return this.#options.onNotice({ kind: "arrived", name: message.participant.name });
      case "layers":
        return void this.#call.encode(message.source, message.layers);
      case "bitrate":
        return void this.#call.limit(message.source, message.bps);
      case "codec":
        return void this.#call.sendAs(message.source, message.codec);
      case "left":
        return this.#departed(before, message.participant, message.reason);
      case "error":
        return this.#complained(message.message, message.about);
    }
  }

  #welcomed({ answer, offer_needed, participants, you }: Welcome) {
    const known = participants.find(({ id }) => id === you)?.tracks;
    if (known) this.#announced = announcementOf(known);
    // What was offered in an earlier conversation gets no answer in this one.
    this.#exchange.clear();
    if (answer !== null) void this.#call.accept(answer).catch(() => this.#call.renew());
    else if (offer_needed) this.#voice.renew();
    if (!offer_needed) this.#report.begin();
    if (this.store.getState().rests) this.#rested(true);
    this.#followDevices();
  }

  #departed(before: RoomState, participant: string, reason: string) {
    if (participant === before.you)
      return this.#end(reason === "ended" ? "ended" : "removed", null);
    const name = before.participants.find(({ id }) => id === participant)?.name;
    if (name) this.#options.onNotice({ kind: "departed", name });
  }

  #muted(source: Source, by: string) {
    if (source === "microphone" || source === "camera") this.devices.setOn(source, false);
    else this.devices.stopScreen();
    const name = this.store.getState().participants.find(({ id }) => id === by)?.name;
    this.#options.onNotice({ kind: "muted", source, by: name ?? "An interviewer" });
  }

  /** An error about a message is told; one about the socket says why it closes, and comes with the ending. */
  #complained(message: string, about: number | null) {
    this.#lastRefusal = message;
    if (about !== null) this.#options.onNotice({ kind: "refused", message });
  }

  #view() {
    const room = this.store.getState();
    const { sizes, isPageHidden } = this.sight;
    return viewOf({ ...linesIn(room), sizes, isPageHidden, wantsVideo: room.wantsVideo });
  }

  async #offer(sdp: string, fresh: boolean): Promise<string> {
    const id = crypto.randomUUID();
    const seq = this.#signaling.send({ type: "offer", id, sdp, fresh });
    if (seq === null) throw new Error("too_much_waiting");
    const answer = await this.#exchange.answerTo(id, seq);
    if (fresh) this.#report.begin();
    return answer;
  }

  async #joinVoice(): Promise<VoiceJoined> {
    const id = crypto.randomUUID();
    const seq = this.#signaling.send({ type: "join_voice", id });
    if (seq === null) throw new Error("too_much_waiting");
    return this.#exchange.seatFor(id, seq);
  }

  #switches() {
    const devices = this.devices.store.getState();
    const sends = this.role !== "observer";
    return {
      microphone: sends && isSending(devices, "microphone"),
      camera: sends && isSending(devices, "camera"),
      screen: sends && devices.screen !== null,
    };
  }

  /** Sends what the switches say, and tells the others. */
  #followDevices() {
    if (this.role === "observer") return;
    const { microphone, camera, screen, screenAudio } = this.devices.store.getState();
    const on = this.#switches();
    void this.#call.send("microphone", on.microphone ? microphone.track : null);
    this.#voice.speak(on.microphone ? microphone.track : null);
    void this.#call.send("camera", on.camera ? camera.track : null);
    void this.#call.send("screen", screen);
    void this.#call.send("screen_audio", screenAudio);
    const announcement = announcementOf(on);
    if (!this.store.getState().isWelcomed || announcement === this.#announced) return;
    this.#announced = announcement;
    this.#signaling.send({ type: "set_tracks", tracks: on });
  }

  #refused(closing: Closing, error: unknown) {
    const message = error instanceof ApiError ? error.message : this.#lastRefusal;
    const isOver = error instanceof ApiError && error.status === STATUS_OVER;
    if (isOver) return this.#end("ended", null);
    if (closing === "ended" || closing === "replaced") return this.#end(closing, message);
    const wasHere = this.store.getState().isWelcomed;
    this.#end(wasHere && closing === "forbidden" ? "removed" : "refused", message);
  }

  #end(ending: Ending, message: string | null) {
    this.close();
    this.#options.onEnding(ending, message);
  }
}

function announcementOf({ microphone, camera, screen }: TracksWish): string {
  return [microphone, camera, screen].join();
}
