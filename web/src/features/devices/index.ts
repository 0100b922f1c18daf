export { adviceLine } from "./advice";
export { DevicePickers } from "./DevicePickers";
export { DeviceProblems } from "./DeviceProblems";
