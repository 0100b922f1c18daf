/**
 * The one shape of our offers: who sends what on which m-line, so that nothing is ever renegotiated. Pure.
 *
 * A participant sends microphone, camera, screen and the screen's audio, and receives from seven others and
 * two screens. An observer sends nothing and receives from eight.
 * Source: `protocol/signaling.md`; the server refuses any other shape.
 */
import type { Role, Source } from "../signaling";

export interface Line {
  readonly kind: "audio" | "video";
  readonly source: Source;
  readonly direction: "sendonly" | "recvonly";
}

/** The order of the lines that a participant sends. */
export const SENT_SOURCES = ["microphone", "camera", "screen", "screen_audio"] as const;

const SCREEN_SLOTS = 2;
const PEOPLE_SLOTS: Readonly<Record<Role, number>> = { interviewer: 7, candidate: 7, observer: 8 };

/** All m-lines of this role's offer, in order. */
export function linesOf(role: Role): readonly Line[] {
  const people = PEOPLE_SLOTS[role];
  const sent = role === "observer" ? [] : SENT_SOURCES.map((source) => line(source, "sendonly"));
  return [
    ...sent,
    ...received("microphone", people),
    ...received("camera", people),
    ...received("screen", SCREEN_SLOTS),
    ...received("screen_audio", SCREEN_SLOTS),
  ];
}

function received(source: Source, count: number): readonly Line[] {
  return Array.from({ length: count }, () => line(source, "recvonly"));
}

function line(source: Source, direction: Line["direction"]): Line {
  const isVideo = source === "camera" || source === "screen";
  return { kind: isVideo ? "video" : "audio", source, direction };
}
