/** Devices as they are without a browser, for tests. */
import type { LocalDevice } from "../client/media";
import type { DevicesState } from "./devices";

export const NO_DEVICE: LocalDevice = {
  track: null,
  chosen: "",
  choices: [],
  problem: null,
  lost: null,
};

/** Nothing is open, both switches are on. */
export const NO_DEVICES: DevicesState = {
  microphone: NO_DEVICE,
  camera: NO_DEVICE,
  speakers: [],
  screen: null,
  screenAudio: null,
  isOn: { microphone: true, camera: true },
  speaker: "",
  blur: { isOn: false, problem: null },
  asking: "asked",
};
