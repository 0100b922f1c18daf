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
}

export interface LocalState {
  readonly microphone: LocalDevice;
  readonly camera: LocalDevice;
  readonly speakers: readonly DeviceChoice[];
  readonly screen: MediaStreamTrack | null;
  readonly screenAudio: MediaStreamTrack | null;
}

const NO_DEVICE: LocalDevice = { track: null, chosen: "", choices: [], problem: null };
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

  constructor(onChange: (state: LocalState) => void) {
    this.#onChange = onChange;
    navigator.mediaDevices?.addEventListener("devicechange", this.#listDevices);
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
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({
        video: SCREEN_CONSTRAINTS,
        audio: true,
      });
      const [screen = null] = stream.getVideoTracks();
      const [screenAudio = null] = stream.getAudioTracks();
      if (screen) screen.contentHint = "detail";
      screen?.addEventListener("ended", () => this.closeScreen());
      this.#change({ screen, screenAudio });
      return screen !== null;
    } catch {
      return false;
    }
  }

  closeScreen() {
    this.#state.screen?.stop();
    this.#state.screenAudio?.stop();
    this.#change({ screen: null, screenAudio: null });
  }

  dispose() {
    navigator.mediaDevices?.removeEventListener("devicechange", this.#listDevices);
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
    const chosen = track.getSettings().deviceId ?? this.#state[kind].chosen;
    this.#set(kind, { track, chosen, problem: null });
  }

  #drop(kind: DeviceKind, problem: DeviceProblem | null) {
    this.#state[kind].track?.stop();
    this.#set(kind, { track: null, problem });
  }

  /** The device was pulled out or its permission withdrawn: fall back to the default one. */
  #lost(kind: DeviceKind, track: MediaStreamTrack) {
    if (this.#state[kind].track !== track) return;
    this.#drop(kind, "unplugged");
    void this.open(kind, "");
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
