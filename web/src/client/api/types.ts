/** What the HTTP surface speaks of. Times are server time in ms. */

export type Role = "interviewer" | "candidate" | "observer";
export type InterviewState = "scheduled" | "live" | "ended";

/** The signed-in person. */
export interface Me {
  readonly person: string;
  readonly name: string;
  readonly organisation: string;
}

export interface Interview {
  readonly id: string;
  readonly title: string;
  readonly state: InterviewState;
  readonly scheduled_at: number | null;
  readonly duration_min: number;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly host: string;
}

export interface NewInterview {
  readonly title: string;
  readonly scheduled_at?: number;
  readonly duration_min?: number;
}

/** `url` carries the secret in its fragment. */
export interface Invitation {
  readonly id: string;
  readonly role: Role;
  readonly url: string;
  readonly created_at: number;
  readonly revoked_at: number | null;
}

/** What the green room shows before anybody joined. */
export interface Greeting {
  readonly role: Role;
  readonly interview: Pick<
    Interview,
    "id" | "title" | "state" | "scheduled_at" | "duration_min" | "host"
  >;
}

/** By which right somebody enters: an invitation's secret, a rejoin token, or else the session cookie. */
export interface Entry {
  readonly invitation?: string;
  readonly rejoin?: string;
  readonly name?: string;
}

/** A place in the room. `token` is short-lived; `rejoin` brings a fresh one for the same participant. */
export interface Join {
  readonly token: string;
  readonly rejoin: string;
  readonly participant: string;
  readonly role: Role;
  readonly name: string;
  readonly expires_at: number;
  readonly interview: Pick<Interview, "id" | "title" | "state">;
  readonly urls: {
    readonly signaling: string;
    readonly collab: string;
    readonly runs: string;
    readonly voice: string;
  };
}

/** An `RTCIceServer`. */
export interface Relay {
  readonly urls: string[];
  readonly username: string;
  readonly credential: string;
}

/** The sockets that open with a single-use ticket. */
export type TicketKind = "signaling" | "collab" | "runs";

export type CallLevel = "unknown" | "good" | "fair" | "bad";

/** The middle of the samples, and what 95 of 100 stay within. */
export interface Spread {
  readonly median: number;
  readonly p95: number;
}

/** One participant's call; the first finding is the verdict. */
export interface ParticipantReport {
  readonly participant: string;
  readonly name: string;
  readonly role: Role;
  readonly joined_at: number;
  /** From the opened page to flowing media. */
  readonly join_ms: number | null;
  readonly in_call_s: number;
  readonly path: string | null;
  readonly round_trip_ms: Spread | null;
  readonly loss_up_percent: Spread | null;
  readonly loss_down_percent: Spread | null;
  readonly frozen_s: number;
  readonly concealed_percent: number | null;
  /** How long some picture was not shown, by the reason. */
  readonly without_picture_s: Readonly<Record<string, number>>;
  readonly slow_device_s: number;
  readonly reconnects: number;
  readonly device_failures: number;
  readonly level: CallLevel;
  readonly findings: readonly string[];
}

export interface CallReport {
  readonly level: CallLevel;
  readonly verdict: string;
  readonly participants: readonly ParticipantReport[];
}
