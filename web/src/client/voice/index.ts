/** Sound over a WebSocket, for networks that let nothing but web pages through. */
export { hasVoice } from "./codec";
export { Fallback, type VoiceState } from "./fallback";
export { voiceSample } from "./sample";
export type { VoiceCounts } from "./traffic";
export { VoiceLine } from "./voice-line";
