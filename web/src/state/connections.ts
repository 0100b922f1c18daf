/** How good each person's connection is, and why, in words. Pure. */
import type { Bars } from "../client/media";
import type { ConnectionCause } from "../client/signaling";
import type { RoomState } from "./room";

type Known = Pick<RoomState, "participants" | "you" | "quality" | "link">;

export interface ShownConnection {
  readonly bars: Bars;
  /** What weakens it; null where nothing does. */
  readonly because: string | null;
  /** The whole sentence. */
  readonly words: string;
}

interface Judged {
  readonly bars: Bars;
  readonly cause: ConnectionCause | null;
  readonly lossPercent: number | null;
  readonly roundTripMs: number | null;
}

const GRADES: Readonly<Record<Bars, string>> = { 4: "good", 3: "fair", 2: "weak", 1: "very weak" };

/** Null while nothing is known: nothing was measured yet, or the path is broken. */
export function connectionOf(room: Known, participant: string): ShownConnection | null {
  const judged = judgedOf(room, participant);
  if (judged === null) return null;
  const because = becauseOf(judged);
  const name = room.participants.find(({ id }) => id === participant)?.name ?? "";
  const whose = participant === room.you ? "Your" : `${name}'s`;
  const words = `${whose} connection is ${GRADES[judged.bars]}`;
  return {
    bars: judged.bars,
    because,
    words: because === null ? `${words}.` : `${words}: ${because}.`,
  };
}

/**
 * Of oneself there are two judges, the server and this page; the stricter one is believed. Not of losses: what lacks here may
 * have been lost on its sender's way, which only the server knows apart.
 */
function judgedOf(room: Known, participant: string): Judged | null {
  const isOwn = participant === room.you;
  // What was measured before the line was cut says nothing any more.
  if (isOwn && room.link !== "online") return null;
  const told = toldOf(room, participant);
  const seen = isOwn ? seenOf(room) : null;
  if (told === null || seen === null) return told ?? seen;
  return seen.cause !== "loss_down" && seen.bars < told.bars ? seen : told;
}

function toldOf({ participants }: Known, participant: string): Judged | null {
  const told = participants.find(({ id }) => id === participant);
  if (!told?.connection || !told.connected) return null;
  const { bars, cause, loss_percent, round_trip_ms } = told.connection;
  return {
    bars: bars as Bars,
    cause,
    lossPercent: loss_percent,
    roundTripMs: round_trip_ms,
  };
}

function seenOf({ quality: { bars, weakness, loss, roundTripMs } }: Known): Judged | null {
  if (bars === null) return null;
  return { bars, cause: weakness, lossPercent: Math.round(loss * 100), roundTripMs };
}

function becauseOf({ cause, lossPercent, roundTripMs }: Judged): string | null {
  switch (cause) {
    case "loss_up":
      return `${lossPercent} % is lost on the way up`;
    case "loss_down":
      return `${lossPercent} % is lost on the way down`;
    case "delay":
      return `there and back takes ${Math.round(roundTripMs ?? 0)} ms`;
    case "bandwidth":
      return "it has too little room for pictures";
    case null:
      return null;
  }
}
