/** What the page, the worker and the worklets tell each other. */

/** Begins the worker's one line. */
export interface Begin {
  readonly kind: "begin";
  readonly url: string;
  readonly ticket: string;
  /** What is to be played goes here, and `LineCounts` come back. */
  readonly playout: MessagePort;
}

/** From now on frames of 20 ms come here, as `Float32Array`s, in place of those from an earlier port. */
export interface Microphone {
  readonly kind: "microphone";
  readonly frames: MessagePort;
}

export type ToVoice = Begin | Microphone;

export type FromVoice =
  | { readonly kind: "opened" }
  | { readonly kind: "closed" }
  | { readonly kind: "counts"; readonly counts: VoiceCounts };

/** Of the playout of one line, in samples. */
export interface LineCounts {
  readonly line: number;
  readonly played: number;
  readonly concealed: number;
  readonly targetMs: number;
}

/** Of one line that came, in frames and bytes. */
export interface HeardCounts {
  readonly line: number;
  readonly frames: number;
  readonly lost: number;
  readonly bytes: number;
}

/** Totals since the line was opened. */
export interface VoiceCounts {
  readonly roundTripMs: number | null;
  /** Of our frames, those that came to the server, and those of them that were too late. */
  readonly taken: number;
  readonly late: number;
  readonly sent: number;
  readonly unsent: number;
  readonly bytes: number;
  /** Frames that came to us, and those that were too late or missing. */
  readonly heard: number;
  readonly lost: number;
  readonly lines: readonly (HeardCounts & LineCounts)[];
}
