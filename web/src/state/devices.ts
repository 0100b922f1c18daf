/**
 * Our microphone and camera as the pages see them: what is open, what went wrong, and what the person wants.
 * A switch that is on without a track is a wish that waits for a device.
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import { type DeviceKind, LocalMedia, type LocalState } from "../client/media";
import type { PreferencesStore } from "./preferences";

export interface DevicesState extends LocalState {
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
  const { speaker, microphone, camera } = preferences.getState();
  const media = new LocalMedia((state) => store.setState(state));
  media.prefer({ microphone, camera });
  const store = createStore<DevicesState>(() => ({
    ...media.state,
    isOn,
    speaker,
    asking: "not_yet",
  }));
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
