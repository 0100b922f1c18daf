/**
 * Our own microphone, camera and screen: opened, chosen, lost and closed. Knows no connection and no page.
 *
 * The microphone stays open while muted so that speaking can be noticed; what is sent is decided elsewhere.
 * The camera is really closed, so that its lamp goes out.
 */
import { CAMERA_CONSTRAINTS, MICROPHONE_CONSTRAINTS, SCREEN_CONSTRAINTS } from "./encoding";
import { type DeviceProblem, problemOf } from "./failure";

export type DeviceKind = "microphone" | "camera";

export interface DeviceChoice {
  readonly id: string;
  readonly label: string;
}

export interface LocalDevice {
  readonly track: MediaStreamTrack | null;
  /** The chosen device; empty is the system's default. */
  readonly chosen: string;
  readonly choices: readonly DeviceChoice[];
  readonly problem: DeviceProblem | null;
  /** The one that was in use and vanished; it is taken up again when it is back. */
  readonly lost: DeviceChoice | null;
}

export interface LocalState {
  readonly microphone: LocalDevice;
  readonly camera: LocalDevice;
  readonly speakers: readonly DeviceChoice[];
  readonly screen: MediaStreamTrack | null;
  readonly screenAudio: MediaStreamTrack | null;
}

const NO_DEVICE: LocalDevice = {
  track: null,
  chosen: "",
  choices: [],
  problem: null,
  lost: null,
};
const NOTHING: LocalState = {
  microphone: NO_DEVICE,
  camera: NO_DEVICE,
  speakers: [],
  screen: null,
  screenAudio: null,
};

export class LocalMedia {
  readonly #onChange: (state: LocalState) => void;
  #state: LocalState = NOTHING;
  /** The newest request of each kind; an older one that comes back late is thrown away. */
  readonly #requests: Record<DeviceKind, number> = { microphone: 0, camera: 0 };
  #isChoosingScreen = false;
  /** Counts what ended a screen: one that was chosen before that is not shared after it. */
  #screenEnds = 0;

  constructor(onChange: (state: LocalState) => void) {
    this.#onChange = onChange;
    navigator.mediaDevices?.addEventListener("devicechange", this.#devicesChanged);
  }

  get state(): LocalState {
    return this.#state;
  }

  /** The devices to try first; empty for the system's default. */
  prefer(ids: Readonly<Record<DeviceKind, string>>) {
    for (const kind of ["microphone", "camera"] as const) {
      this.#state = { ...this.#state, [kind]: { ...this.#state[kind], chosen: ids[kind] } };
    }
  }

  /** Whether the browser would open this without asking; null where it does not tell. */
  async permission(kind: DeviceKind): Promise<PermissionState | null> {
    try {
      return (await navigator.permissions.query({ name: kind })).state;
    } catch {
      return null;
    }
  }

  /** Asks for both with one question of the browser, and takes what there is. */
  async openBoth() {
    try {
      const stream = await capture({
        audio: this.#constraints("microphone"),
        video: this.#constraints("camera"),
      });
      for (const track of stream.getTracks()) this.#take(kindOf(track), track);
      await this.#listDevices();
    } catch {
      // One of them is missing, busy or refused: find out which, and use the other.
      await this.open("microphone");
      await this.open("camera");
    }
  }

  /** Opens the device, or another one of its kind when `id` is given; a problem ends up in the state. */
  async open(kind: DeviceKind, id?: string) {
    if (id !== undefined) this.#set(kind, { lost: null });
    await this.#open(kind, id);
  }

  async #open(kind: DeviceKind, id?: string) {
    this.#requests[kind] += 1;
    const request = this.#requests[kind];
    this.#set(kind, { problem: null, ...(id === undefined ? {} : { chosen: id }) });
    try {
      const constraints = this.#constraints(kind);
      const stream = await capture(
        kind === "microphone" ? { audio: constraints } : { video: constraints },
      );
      const [track] = stream.getTracks();
      if (request !== this.#requests[kind]) track?.stop();
      else if (track) this.#take(kind, track);
    } catch (error) {
      if (request === this.#requests[kind]) this.#drop(kind, problemOf(error));
    }
    await this.#listDevices();
  }

  close(kind: DeviceKind) {
    this.#requests[kind] += 1;
    this.#drop(kind, null);
  }

  /** Lets the person choose a screen or window; false if they changed their mind or cannot. */
  async openScreen(): Promise<boolean> {
    if (this.#isChoosingScreen) return false;
    this.#isChoosingScreen = true;
    const ends = this.#screenEnds;
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({
        video: SCREEN_CONSTRAINTS,
        audio: true,
      });
      const [screen = null] = stream.getVideoTracks();
      const [screenAudio = null] = stream.getAudioTracks();
      if (screen) screen.contentHint = "detail";
      if (screenAudio) screenAudio.contentHint = "music";
      // The browser's own button for it.
      screen?.addEventListener("ended", () => this.closeScreen());
      this.#change({ screen, screenAudio });
      // Whoever left while the picker was open shares nothing.
      const isWanted = ends === this.#screenEnds;
      if (!isWanted) this.closeScreen();
      return screen !== null && isWanted;
    } catch {
      return false;
    } finally {
      this.#isChoosingScreen = false;
    }
  }

  closeScreen() {
    this.#screenEnds += 1;
    this.#state.screen?.stop();
    this.#state.screenAudio?.stop();
    this.#change({ screen: null, screenAudio: null });
  }

  dispose() {
    navigator.mediaDevices?.removeEventListener("devicechange", this.#devicesChanged);
    this.closeAll();
  }

  closeAll() {
    this.close("microphone");
    this.close("camera");
    this.closeScreen();
  }

  #constraints(kind: DeviceKind): MediaTrackConstraints {
    const { chosen } = this.#state[kind];
    // Not `exact`: a preferred device that is not plugged in today must not stop anybody.
    const device = chosen === "" ? {} : { deviceId: { ideal: chosen } };
    return {
      ...(kind === "microphone" ? MICROPHONE_CONSTRAINTS : CAMERA_CONSTRAINTS),
      ...device,
    };
  }

  #take(kind: DeviceKind, track: MediaStreamTrack) {
    this.#state[kind].track?.stop();
    if (kind === "camera") track.contentHint = "motion";
    track.addEventListener("ended", () => this.#lost(kind, track));
    const { lost, chosen: wished } = this.#state[kind];
    const chosen = track.getSettings().deviceId ?? wished;
    this.#set(kind, { track, chosen, problem: null, lost: lost?.id === chosen ? null : lost });
  }

  #drop(kind: DeviceKind, problem: DeviceProblem | null) {
    this.#state[kind].track?.stop();
    this.#set(kind, { track: null, problem });
  }

  /** The device was pulled out or its permission withdrawn: fall back to the default one. */
  #lost(kind: DeviceKind, track: MediaStreamTrack) {
    const { track: present, lost, chosen } = this.#state[kind];
    if (present !== track) return;
    this.#drop(kind, null);
    // Whichever is lost after it: the first one is the one to come back to.
    this.#set(kind, { lost: lost ?? { id: chosen, label: track.label } });
    void this.#open(kind, "");
  }

  readonly #devicesChanged = async () => {
    await this.#listDevices();
    for (const kind of ["microphone", "camera"] as const) this.#takeUpAgain(kind);
  };

  #takeUpAgain(kind: DeviceKind) {
    const { lost, choices, track, problem } = this.#state[kind];
    if (lost === null || !choices.some(({ id }) => id === lost.id)) return;
    // A camera that was switched off meanwhile stays off.
    const isInUse = track !== null || problem !== null;
    if (isInUse) void this.#open(kind, lost.id);
    else this.#set(kind, { lost: null, chosen: lost.id });
  }

  readonly #listDevices = async () => {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    const of = (kind: MediaDeviceKind) => choicesOf(devices, kind);
    this.#change({
      microphone: { ...this.#state.microphone, choices: of("audioinput") },
      camera: { ...this.#state.camera, choices: of("videoinput") },
      speakers: of("audiooutput"),
    });
  };

  #set(kind: DeviceKind, part: Partial<LocalDevice>) {
    this.#change({ [kind]: { ...this.#state[kind], ...part } });
  }

  #change(part: Partial<LocalState>) {
    this.#state = { ...this.#state, ...part };
    this.#onChange(this.#state);
  }
}

/** Without a secure context there is no `mediaDevices` at all, and the call throws a TypeError. */
async function capture(constraints: MediaStreamConstraints): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia(constraints);
}

function kindOf(track: MediaStreamTrack): DeviceKind {
  return track.kind === "audio" ? "microphone" : "camera";
}

/** Before permission the browser hides names and ids; such entries are no choice. */
function choicesOf(devices: readonly MediaDeviceInfo[], kind: MediaDeviceKind): DeviceChoice[] {
  return devices
    .filter((device) => device.kind === kind && device.deviceId !== "")
    .map(({ deviceId, label }) => ({ id: deviceId, label: label || "Unnamed device" }));
}
