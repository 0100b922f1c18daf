/** What we know of the room, and how each message of the server changes it. Pure: knows no socket and no page. */
import type { CallState, QualityHint, Relief } from "../client/media";
import { doorsIn, type MediaDoor, QUALITY_UNKNOWN } from "../client/media";
import type {
  Action,
  ChatLine,
  InterviewInfo,
  LinkState,
  Participant,
  ServerBody,
  SlotQuality,
  SlotState,
  Source,
} from "../client/signaling";
import type { VoiceState } from "../client/voice";

export interface OutgoingLine {
  readonly id: string;
  readonly text: string;
}

export interface RoomState {
  readonly isWelcomed: boolean;
  readonly link: LinkState;
  readonly media: CallState;
  /** Whether sound goes over the WebSocket because nothing else passes. */
  readonly voice: VoiceState;
  /** Why there is no audio and video at all, as a sentence. */
  readonly mediaProblem: string | null;
  /** Where the server's media can be reached, as far as it has said. */
  readonly doors: readonly MediaDoor[];
  readonly you: string;
  readonly rights: ReadonlySet<Action>;
  readonly interview: InterviewInfo;
  /** In the order in which they came. */
  readonly participants: readonly Participant[];
  readonly slots: readonly SlotState[];
  /** What the server says of the pictures that arrive. */
  readonly pictures: readonly SlotQuality[];
  /** Whether this person wants to see anybody; if not, sound only. */
  readonly wantsVideo: boolean;
  /** Receivable tracks by m-line. */
  readonly tracks: ReadonlyMap<string, MediaStreamTrack>;
  readonly chat: readonly ChatLine[];
  /** What we said and the server has not yet repeated. */
  readonly outgoing: readonly OutgoingLine[];
  /** Who speaks now, loudest first. */
  readonly speakers: readonly string[];
  /** Server time minus ours, in ms. */
  readonly clockOffsetMs: number;
  readonly quality: QualityHint;
  /** What our own picture lacks because this device is busy. */
  readonly relief: Relief;
  /** Whether our network carries no pictures from us. */
  readonly rests: boolean;
  /** Round trip of the signalling socket. */
  readonly roundTripMs: number | null;
}

/** The room before the server said a word. */
export function emptyRoom(
  you: string,
  interview: Pick<InterviewInfo, "id" | "title" | "state">,
): RoomState {
  return {
    isWelcomed: false,
    link: "connecting",
    media: "connecting",
    voice: "off",
    mediaProblem: null,
    doors: [],
    you,
    rights: new Set(),
    interview: { ...interview, started_at: null, ended_at: null },
    participants: [],
    slots: [],
    pictures: [],
    wantsVideo: true,
    tracks: new Map(),
    chat: [],
    outgoing: [],
    speakers: [],
    clockOffsetMs: 0,
    quality: QUALITY_UNKNOWN,
    relief: "none",
    rests: false,
    roundTripMs: null,
  };
}

/** The room after a message; `now` is our clock in ms. */
export function reduce(room: RoomState, message: ServerBody, now: number): RoomState {
  switch (message.type) {
    case "welcome":
      return {
        ...room,
        isWelcomed: true,
        you: message.you,
        rights: new Set(message.rights),
        interview: message.interview,
        participants: inOrder(message.participants),
        slots: message.slots,
        pictures: [],
        chat: message.chat,
        outgoing: stillUnsaid(room, message.chat),
        speakers: [],
        mediaProblem: message.media_error,
        doors: message.answer === null ? room.doors : doorsIn(message.answer),
        clockOffsetMs: message.server_time - now,
      };
    case "joined":
    case "updated":
      return { ...room, participants: inOrder(withOne(room.participants, message.participant)) };
    case "left":
      return {
        ...room,
        participants: room.participants.filter(({ id }) => id !== message.participant),
      };
    case "slots":
      return { ...room, slots: message.slots };
    case "quality":
      return { ...room, pictures: message.slots };
    case "speakers":
      return { ...room, speakers: message.participants };
    case "chat":
      return {
        ...room,
        chat: [...room.chat, message.line],
        outgoing: stillUnsaid(room, [message.line]),
      };
    case "interview_changed":
      return { ...room, interview: message.interview, rights: new Set(message.rights) };
    case "answer":
      return { ...room, mediaProblem: null, doors: doorsIn(message.sdp) };
    case "voice_joined":
      return { ...room, mediaProblem: null };
    default:
      return room;
  }
}

/** The slot that carries `source` of somebody else; none while they are not received. */
export function slotOf(
  room: Pick<RoomState, "slots">,
  participant: string,
  source: Source,
): SlotState | undefined {
  return room.slots.find((slot) => slot.participant === participant && slot.source === source);
}

/** The track that carries `source` of somebody else, or null while no slot has it. */
export function trackOf(
  room: Pick<RoomState, "slots" | "tracks">,
  participant: string,
  source: Source,
): MediaStreamTrack | null {
  const slot = slotOf(room, participant, source);
  return (slot && room.tracks.get(slot.mid)) ?? null;
}

/** A line's id is that of its sender and the one which the sender gave it. */
function stillUnsaid(
  { outgoing, you }: RoomState,
  said: readonly ChatLine[],
): readonly OutgoingLine[] {
  const ids = new Set(said.map(({ id }) => id));
  return outgoing.filter(({ id }) => !ids.has(`${you}/${id}`));
}

function withOne(all: readonly Participant[], one: Participant): readonly Participant[] {
  return [...all.filter(({ id }) => id !== one.id), one];
}

function inOrder(participants: readonly Participant[]): readonly Participant[] {
  return [...participants].sort((a, b) => a.joined_at - b.joined_at || (a.id < b.id ? -1 : 1));
}
