/** What a log consists of; its shape is the server's (`services/interviews/log.py`), which admits nothing else. */
import type { Layer, Source } from "../signaling";

export interface StateEntry {
  readonly kind: "state";
  readonly of: "page" | "call" | "ice" | "dtls" | "signaling";
  readonly state: string;
}

export interface DeviceEntry {
  readonly kind: "device";
  readonly device: "microphone" | "camera" | "screen" | "speaker";
  readonly event: string;
  readonly problem?: string;
}

/** The kind of error; never its message, which may quote what it met. */
export interface ErrorEntry {
  readonly kind: "error";
  readonly name: string;
}

/** So many entries before this one were given up. */
export interface GapEntry {
  readonly kind: "gap";
  readonly count: number;
}

export type PictureNote =
  | "shown"
  | "off"
  | "paused"
  | "declined"
  | "hidden"
  | "awaited"
  | "blocked";

/** One line of the call over one sample; counts are of what came or went in that time. */
export interface LineSample {
  readonly way: "up" | "down";
  readonly source: Source;
  readonly layer?: Layer;
  readonly publisher?: string;
  readonly bitrate_kbps: number;
  readonly packets: number;
  readonly lost: number;
  readonly jitter_ms?: number;
  readonly round_trip_ms?: number;
  readonly fps?: number;
  readonly width?: number;
  readonly height?: number;
  readonly limit?: "none" | "cpu" | "bandwidth" | "other";
  readonly freezes?: number;
  readonly frozen_ms?: number;
  readonly concealed_samples?: number;
  readonly samples?: number;
  readonly picture?: PictureNote;
}

export type Path = "udp" | "tcp" | "relay-udp" | "relay-tcp" | "relay-tls" | "websocket";

export interface SampleEntry {
  readonly kind: "sample";
  readonly over_ms: number;
  readonly round_trip_ms?: number;
  readonly path?: Path;
  readonly lines: readonly LineSample[];
}

export type Entry = StateEntry | DeviceEntry | ErrorEntry | GapEntry | SampleEntry;

/** `seq` counts the page's entries; `ago_ms` says how long before its sending it was noted. */
export type SentEntry = Entry & { readonly seq: number; readonly ago_ms: number };

export interface Batch {
  readonly page: string;
  readonly entries: readonly SentEntry[];
}
