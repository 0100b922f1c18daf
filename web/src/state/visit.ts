/**
 * A visit to an interview's page: from the link through the green room and the room to the end.
 * Knows which of these is on, and nothing of how it looks.
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import {
  type Api,
  ApiError,
  type CallReport,
  type Entry,
  type Greeting,
  type Join,
} from "../client/api";
import type { CheckApi, CheckResult, PathKind } from "../client/check";
import { createDevices, type Devices } from "./devices";
import { createMembership, type Membership } from "./membership";
import type { Memory } from "./memory";
import type { PreferencesStore } from "./preferences";
import type { Ending, Notice, RoomSession } from "./session";

export type Stage =
  | { readonly at: "opening" }
  | { readonly at: "unavailable"; readonly code: string; readonly message: string }
  | {
      readonly at: "greenroom";
      readonly greeting: Greeting;
      readonly isJoining: boolean;
      readonly problem: string | null;
    }
  | { readonly at: "room"; readonly session: RoomSession }
  | {
      readonly at: "over";
      readonly ending: Ending;
      readonly title: string;
      readonly message: string | null;
    };

export interface VisitOptions {
  readonly api: Api;
  readonly interview: string;
  readonly memory: Memory;
  readonly preferences: PreferencesStore;
}

const NO_NOTICE = () => {};

/** The room's protocols load while the person is in the green room, not before it. */
const loadSession = () => import("./session");

export class Visit {
  readonly stage: StoreApi<Stage> = createStore<Stage>(() => ({ at: "opening" }) as Stage);
  readonly devices: Devices;
  /** Hears of what happens in the room; one listener, the room's page. */
  onNotice: (notice: Notice) => void = NO_NOTICE;
  readonly #options: VisitOptions;
  #session: RoomSession | null = null;
  /** Outlives the session: the report on the call is read after it. */
  #membership: Membership | null = null;
  #isDisposed = false;

  constructor(options: VisitOptions) {
    const { memory, preferences } = options;
    const { microphone, camera } = memory.recall();
    this.#options = options;
    this.devices = createDevices(preferences, { microphone, camera });
    this.devices.store.subscribe(({ isOn }) => memory.remember(isOn));
  }

  /** The name that the person used before. */
  get name(): string {
    return this.#options.memory.recall().name || this.#options.preferences.getState().name;
  }

  /** Came by signing in and not by an invitation: has a list of interviews to go back to. */
  get isSignedIn(): boolean {
    return this.#options.memory.recall().invitation === undefined;
  }

  /** Shows the green room, or goes straight back into the call after a reload. */
  async open() {
    if (this.#options.memory.recall().isInCall) return this.rejoin();
    await Promise.all([this.#greet(), this.devices.openAllowed()]);
  }

  async join(name: string) {
    const current = this.stage.getState();
    if (current.at !== "greenroom" || current.isJoining) return;
    const { api, interview, preferences } = this.#options;
    this.#show({ ...current, isJoining: true, problem: null });
    preferences.setState({ name });
    try {
      const sends = current.greeting.role !== "observer";
      if (sends && this.devices.store.getState().asking === "not_yet") await this.devices.ask();
      await this.#enter(await api.join(interview, { ...this.#invitation(), name }));
    } catch (error) {
      if (isOver(error)) return this.#over("ended", current.greeting.interview.title, null);
      this.#show({ ...current, isJoining: false, problem: sentenceOf(error).message });
    }
  }

  /** Back into the room, as the same participant. */
  async rejoin() {
    const { api, interview, memory } = this.#options;
    const { rejoin } = memory.recall();
    if (rejoin === undefined) return this.#greet();
    try {
      const [joined] = await Promise.all([api.join(interview, { rejoin }), this.#openDevices()]);
      await this.#enter(joined);
    } catch (error) {
      // A token that ran out is no dead end: the link may still be good.
      if (error instanceof ApiError && error.status === 401) return this.#greet();
      if (isOver(error)) return this.#over("ended", "Vivavoce", null);
      if (isRemoval(error)) return this.#over("removed", "Vivavoce", null);
      this.#show({ at: "unavailable", ...sentenceOf(error) });
    }
  }

  /** Tries the way to the server and the devices; call it on a click. What fails is a finding. */
  async check(onPath: (path: PathKind) => void): Promise<CheckResult> {
    const { checkConnection } = await import("../client/check");
    const devices = this.devices.store.getState();
    return checkConnection({
      api: this.#checkApi(),
      microphone: devices.isOn.microphone ? devices.microphone.track : null,
      camera: devices.isOn.camera ? devices.camera.track : null,
      onPath,
    });
  }

  /** Whether this person may look at how the call went. */
  get mayReadReport(): boolean {
    return this.isSignedIn || this.#membership?.joined.role === "interviewer";
  }

  report(): Promise<CallReport> {
    const { api, interview } = this.#options;
    return api.callReport(interview, this.#bearer());
  }

  /** All participants' logs. */
  callLog(): Promise<Blob> {
    const { api, interview } = this.#options;
    return api.callLog(interview, this.#bearer());
  }

  /** Whoever signed in is known by their cookie, and for longer. */
  #bearer(): string | undefined {
    return this.isSignedIn ? undefined : this.#membership?.token();
  }

  dispose() {
    this.#isDisposed = true;
    this.#session?.close();
    this.devices.dispose();
  }

  #checkApi(): CheckApi {
    const { api, interview } = this.#options;
    const token = api.checkToken(interview, this.#invitation());
    return {
      begin: async (offer) => api.beginCheck(interview, offer, await token),
      end: async (check) => api.endCheck(interview, check, await token),
    };
  }

  async #openDevices() {
    if (this.devices.store.getState().asking === "not_yet") await this.devices.ask();
  }

  async #greet() {
    const { api, interview } = this.#options;
    try {
      const greeting = await api.greeting(interview, this.#invitation());
      const { state, title } = greeting.interview;
      if (state === "ended") return this.#over("ended", title, null);
      this.#show({ at: "greenroom", greeting, isJoining: false, problem: null });
      await loadSession();
    } catch (error) {
      this.#show({ at: "unavailable", ...sentenceOf(error) });
    }
  }

  async #enter(joined: Join) {
    const { api, interview, memory } = this.#options;
    const { RoomSession } = await loadSession();
    if (this.#isDisposed) return;
    memory.remember({ rejoin: joined.rejoin, isInCall: true, name: joined.name });
    const keep = (rejoin: string) => memory.remember({ rejoin });
    const membership = createMembership(api, interview, joined, keep);
    this.#membership = membership;
    this.#session = new RoomSession({
      api,
      membership,
      devices: this.devices,
      isSignedIn: this.isSignedIn,
      checkApi: () => this.#checkApi(),
      wantsVideo: memory.recall().video,
      onNotice: (notice) => this.onNotice(notice),
      onEnding: (ending, message) => this.#over(ending, joined.interview.title, message),
    });
    this.#session.store.subscribe(({ wantsVideo }, before) => {
      if (wantsVideo !== before.wantsVideo) memory.remember({ video: wantsVideo });
    });
    this.#show({ at: "room", session: this.#session });
  }

  #over(ending: Ending, title: string, message: string | null) {
    this.#session = null;
    // Who was taken out comes back to the server's refusal and not to the green room.
    this.#options.memory.remember({ isInCall: ending === "removed" });
    this.devices.release();
    this.#show({ at: "over", ending, title, message });
  }

  #show(next: Stage) {
    if (!this.#isDisposed) this.stage.setState(next, true);
  }

  #invitation(): Pick<Entry, "invitation"> {
    const { invitation } = this.#options.memory.recall();
    return invitation === undefined ? {} : { invitation };
  }
}

function isOver(error: unknown): boolean {
  return error instanceof ApiError && error.code === "interview_ended";
}

function isRemoval(error: unknown): boolean {
  return error instanceof ApiError && error.code === "removed";
}

function sentenceOf(error: unknown): { code: string; message: string } {
  if (error instanceof ApiError) return { code: error.code, message: error.message };
  return { code: "unexpected", message: "The page failed. Reload it to try again." };
}
