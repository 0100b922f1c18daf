/** Media: our own devices, and the one connection to the SFU. */
export { Backdrop, type BlurProblem, createBlur } from "./blur";
export { Call, type CallState, type PeerLook } from "./call";
export { doorsIn, isOwnMachine, type MediaDoor } from "./doors";
export type { DeviceProblem } from "./failure";
export {
  type DeviceChoice,
  type DeviceKind,
  type LocalDevice,
  LocalMedia,
  type LocalState,
} from "./local";
export { meter } from "./meter";
export { Peer } from "./peer";
export { type Bars, QUALITY_UNKNOWN, type QualityHint, qualityOf } from "./quality";
export type { Relief } from "./relief";
export { Sight } from "./sight";
export { watchSilence } from "./silence";
export { playTestTone } from "./speaker";
export { type Look, viewOf } from "./view";
export { ViewReport } from "./view-report";
