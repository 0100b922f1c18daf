/** The log of this page: what the call went through, for those who ask later why it was bad. */
export { ClientLog } from "./client-log";
export type { Batch, DeviceEntry, Entry, LineSample, PictureNote, SampleEntry } from "./entries";
export { type Receiving, sampleBetween, snapshotOf } from "./sample";
