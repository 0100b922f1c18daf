/**
 * When sound goes over the WebSocket: only after the ordinary ways had their time, and only until they work again.
 * Knows the call and the line as functions.
 *
 * Safety: the server has one session of ours, the call's or the line's; whichever is not in use makes none.
 * Liveness: while there is no sound and the server can be reached, one of the two is being opened, or a timer will.
 */

/** ICE tries relays for some seconds, and a restart takes six; what is not there by then does not come. */
export const PATIENCE_MS = 12_000;
/** Between two looks whether the ordinary ways work. */
const LOOK_MIN_MS = 30_000;
const LOOK_SPREAD_MS = 15_000;
/** They seemed to work; if no call comes of it in this time, they do not. */
const RETURN_TIMEOUT_MS = 8_000;
const REOPEN_DELAYS_MS = [0, 1_000, 3_000, 8_000] as const;

/** `unsupported`: it would be needed, and this browser cannot. */
export type VoiceState = "off" | "opening" | "on" | "unsupported";

/** What is needed of an open line. */
export interface OpenLine {
  close(): void;
}

export interface FallbackOptions {
  /** Whether the server can be reached. */
  readonly hasServer: () => boolean;
  readonly isSupported: () => Promise<boolean>;
  /** Takes the session over and opens the line; `onClosed` if it breaks later. */
  readonly open: (onClosed: () => void) => Promise<OpenLine>;
  /** Tries the ordinary ways beside the line. */
  readonly isReachable: () => Promise<boolean>;
  /** Ends the call's own attempts. */
  readonly suspendCall: () => void;
  /** Lets the call make a session. */
  readonly renewCall: () => void;
  readonly onState: (state: VoiceState) => void;
}

export class Fallback {
  readonly #options: FallbackOptions;
  #state: VoiceState = "off";
  #line: OpenLine | null = null;
  #isCallConnected = false;
  #isReturning = false;
  #isLooking = false;
  #isClosed = false;
  #attempt = 0;
  #failures = 0;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #turn: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FallbackOptions) {
    this.#options = options;
    this.#bePatient();
    globalThis.addEventListener?.("online", this.#hurry);
    connectionOf()?.addEventListener("change", this.#hurry);
  }

  /** Whether the session is, or is to be, the line's and not the call's. */
  get isInUse(): boolean {
    return (this.#state === "opening" || this.#state === "on") && !this.#isReturning;
  }

  /** What the call says of itself. */
  callIs(isConnected: boolean) {
    const was = this.#isCallConnected;
    this.#isCallConnected = isConnected;
    if (isConnected) this.#leave();
    else if (was) this.#bePatient();
  }

  /** The server has no session of ours any more. */
  renew() {
    this.#failures = 0;
    if (this.isInUse) this.#reopen();
    else this.#options.renewCall();
  }

  close() {
    this.#isClosed = true;
    this.#attempt += 1;
    clearTimeout(this.#patience);
    clearTimeout(this.#turn);
    globalThis.removeEventListener?.("online", this.#hurry);
    connectionOf()?.removeEventListener("change", this.#hurry);
    this.#line?.close();
    this.#line = null;
  }

  #bePatient() {
    clearTimeout(this.#patience);
    if (this.#state !== "off" && this.#state !== "unsupported") return;
    this.#patience = setTimeout(() => void this.#takeOver(), PATIENCE_MS);
  }

  /** The ordinary ways had their time. */
  async #takeOver() {
    const { hasServer, isSupported } = this.#options;
    if (!hasServer()) return this.#bePatient();
    if (!(await isSupported())) return this.#show("unsupported");
    if (this.#isClosed || this.#isCallConnected) return;
    this.#show("opening");
    await this.#open();
  }

  async #open() {
    if (!this.#options.hasServer()) return this.#openLater();
    this.#attempt += 1;
    const attempt = this.#attempt;
    const isStale = () => this.#isClosed || attempt !== this.#attempt;
    this.#options.suspendCall();
    try {
      const line = await this.#options.open(() => !isStale() && this.#reopen());
      if (isStale()) return line.close();
      this.#line = line;
      this.#failures = 0;
      this.#show("on");
      this.#lookLater();
    } catch {
      if (!isStale()) this.#openLater();
    }
  }

  #openLater() {
    this.#show("opening");
    const last = REOPEN_DELAYS_MS.length - 1;
    const delay = REOPEN_DELAYS_MS[Math.min(this.#failures, last)];
    this.#failures += 1;
    clearTimeout(this.#turn);
    this.#turn = setTimeout(() => void this.#open(), delay);
  }

  #reopen() {
    this.#attempt += 1;
    this.#line?.close();
    this.#line = null;
    this.#openLater();
  }

  #lookLater() {
    clearTimeout(this.#turn);
    const delay = LOOK_MIN_MS + Math.random() * LOOK_SPREAD_MS;
    this.#turn = setTimeout(() => void this.#look(), delay);
  }

  readonly #hurry = () => {
    if (this.#state === "on" && !this.#isReturning) void this.#look();
  };

  async #look() {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const attempt = this.#attempt;
    const isReachable = await this.#options.isReachable();
    this.#isLooking = false;
    if (this.#isClosed || attempt !== this.#attempt || this.#state !== "on") return;
    if (isReachable) this.#return();
    else this.#lookLater();
  }

  /** The line plays on until the call is there; the server ends it when it gets the call's offer. */
  #return() {
    this.#isReturning = true;
    this.#attempt += 1;
    this.#options.renewCall();
    clearTimeout(this.#turn);
    this.#turn = setTimeout(() => {
      this.#isReturning = false;
      this.#reopen();
    }, RETURN_TIMEOUT_MS);
  }

  #leave() {
    clearTimeout(this.#patience);
    clearTimeout(this.#turn);
    this.#attempt += 1;
    this.#isReturning = false;
    this.#line?.close();
    this.#line = null;
    this.#show("off");
  }

  #show(state: VoiceState) {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState(state);
  }
}

/** Tells of another network; not every browser has it. Source: Network Information API, WICG. */
function connectionOf(): EventTarget | undefined {
  return (globalThis.navigator as { connection?: EventTarget } | undefined)?.connection;
}
