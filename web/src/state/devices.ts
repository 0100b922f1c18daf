/**
 * Our microphone and camera as the pages see them: what is open, what went wrong, and what the person wants.
 * A switch that is on without a track is a wish that waits for a device.
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import {
  Backdrop,
  type BlurProblem,
  createBlur,
  type DeviceKind,
  LocalMedia,
  type LocalState,
} from "../client/media";
import type { PreferencesStore } from "./preferences";

/** `problem`: why it was switched off again. */
export interface BlurState {
  readonly isOn: boolean;
  readonly problem: BlurProblem | null;
}

/** The camera's track is the picture as it is shown and sent, blurred or not. */
export interface DevicesState extends LocalState {
  readonly blur: BlurState;
  /** Whether the person wants to be heard and seen. */
  readonly isOn: Readonly<Record<DeviceKind, boolean>>;
  readonly speaker: string;
  /** Whether the browser was asked, by us, for microphone and camera. */
  readonly asking: "not_yet" | "asking" | "asked";
}

export interface Devices {
  readonly store: Pick<StoreApi<DevicesState>, "getState" | "getInitialState" | "subscribe">;
  /** Opens at once what the browser gives without asking. */
  openAllowed(): Promise<void>;
  /** Asks for microphone and camera; call it on a click. */
  ask(): Promise<void>;
  setOn(kind: DeviceKind, isOn: boolean): void;
  choose(kind: DeviceKind, id: string): void;
  chooseSpeaker(id: string): void;
  blur(isOn: boolean): void;
  /** False if the person changed their mind. */
  shareScreen(): Promise<boolean>;
  stopScreen(): void;
  /** Closes everything; the switches stay as they are. */
  release(): void;
  dispose(): void;
}

/** Whether it is wanted and there: what the others hear or see. */
export function isSending(devices: DevicesState, kind: DeviceKind): boolean {
  return devices.isOn[kind] && devices[kind].track !== null;
}

/** Devices with their switches as they were left. */
export function createDevices(
  preferences: PreferencesStore,
  isOn: Readonly<Record<DeviceKind, boolean>>,
): Devices {
  const { speaker, microphone, camera, isBlurred } = preferences.getState();
  let picture: MediaStreamTrack | null = null;
  const show = () => {
    const { camera: device, ...others } = media.state;
    store.setState({ ...others, camera: { ...device, track: picture } });
  };
  const backdrop = new Backdrop({
    start: createBlur(),
    onChange: (shown) => {
      picture = shown;
      show();
    },
    onProblem: (problem) => {
      // Nobody shall see the room of somebody who chose to hide it: they decide anew.
      preferences.setState({ isBlurred: false });
      const { isOn: wanted } = store.getState();
      store.setState({ isOn: { ...wanted, camera: false }, blur: { isOn: false, problem } });
      media.close("camera");
      backdrop.setOn(false);
    },
  });
  const media = new LocalMedia((state) => {
    backdrop.follow(state.camera.track);
    show();
  });
  media.prefer({ microphone, camera });
  const store = createStore<DevicesState>(() => ({
    ...media.state,
    isOn,
    speaker,
    blur: { isOn: isBlurred, problem: null },
    asking: "not_yet",
  }));
  backdrop.setOn(isBlurred);
  const ask = async () => {
    store.setState({ asking: "asking" });
    const { isOn: wanted } = store.getState();
    if (wanted.camera) await media.openBoth();
    else await media.open("microphone");
    store.setState({ asking: "asked" });
  };
  return {
    store,
    ask,
    openAllowed: async () => {
      const permissions = [await media.permission("microphone"), await media.permission("camera")];
      if (permissions.every((permission) => permission === "granted")) await ask();
    },
    setOn: (kind, on) => {
      store.setState({ isOn: { ...store.getState().isOn, [kind]: on } });
      if (store.getState().asking !== "not_yet") follow(media, kind, on);
    },
    choose: (kind, id) => {
      preferences.setState({ [kind]: id });
      void media.open(kind, id);
    },
    chooseSpeaker: (id) => {
      preferences.setState({ speaker: id });
      store.setState({ speaker: id });
    },
    blur: (on) => {
      preferences.setState({ isBlurred: on });
      store.setState({ blur: { isOn: on, problem: null } });
      backdrop.setOn(on);
    },
    shareScreen: () => media.openScreen(),
    stopScreen: () => media.closeScreen(),
    release: () => {
      media.closeAll();
      store.setState({ asking: "not_yet" });
    },
    dispose: () => media.dispose(),
  };
}

/** The camera's lamp tells the truth: off is closed. The microphone stays open to notice speaking while muted. */
function follow(media: LocalMedia, kind: DeviceKind, on: boolean) {
  const isOpen = media.state[kind].track !== null;
  if (on && !isOpen) void media.open(kind);
  if (!on && kind === "camera") media.close(kind);
}
