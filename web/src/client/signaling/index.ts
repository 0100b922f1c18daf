/** Signalling: one JSON socket, its conversation, and its return after a drop. */
export { type Closing, closingOf } from "./closing";
export type { ClientBody, ServerBody } from "./conversation";
export type {
  Action,
  ChatLine,
  Connection,
  ConnectionCause,
  InterviewInfo,
  Layer,
  MediaPath,
  Participant,
  Role,
  SlotQuality,
  SlotState,
  Source,
  Tile,
  TracksWish,
  VideoCodec,
  View,
  VoiceJoined,
  VoiceLine,
  Welcome,
} from "./messages";
export { type LinkState, Signaling, type SignalingOptions } from "./signaling";
