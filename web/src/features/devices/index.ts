export { adviceLine } from "./advice";
export { blurLine } from "./BlurSwitch";
export { DevicePickers } from "./DevicePickers";
export { DeviceProblems } from "./DeviceProblems";
