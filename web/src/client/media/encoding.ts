/** How much of the network and the processor our pictures may take. Pure. */
import type { Layer, Source } from "../signaling";

export interface Encoding {
  /** The name of a layer; none where there is one encoding only. */
  readonly rid?: Layer;
  readonly maxBitrate: number;
  readonly scaleResolutionDownBy: number;
}

/** From the smallest up, as browsers fill them. Source: `docs/topics/media.md`, what the SFU counts on. */
const CAMERA_LAYERS: readonly Encoding[] = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
];
/** One only: text that is scaled down cannot be read. */
const SCREEN_ENCODING: readonly Encoding[] = [{ scaleResolutionDownBy: 1, maxBitrate: 2_500_000 }];

export const MICROPHONE_CONSTRAINTS = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
} as const satisfies MediaTrackConstraints;

export const CAMERA_CONSTRAINTS = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 24, max: 30 },
} as const satisfies MediaTrackConstraints;

export const SCREEN_CONSTRAINTS = {
  frameRate: { ideal: 15, max: 30 },
} as const satisfies MediaTrackConstraints;

/** What a source is sent in; nothing where the browser decides. */
export function encodingsOf(source: Source): readonly Encoding[] {
  if (source === "camera") return CAMERA_LAYERS;
  return source === "screen" ? SCREEN_ENCODING : [];
}

type Sent = Pick<
  RTCRtpEncodingParameters,
  "rid" | "active" | "maxFramerate" | "maxBitrate" | "scaleResolutionDownBy"
>;

/** What is left out of each picture, and of their number. */
export interface Thrift {
  /** Pictures a second at most; as many as there are if undefined. */
  readonly framesPerSMax?: number | undefined;
  /** The smallest layer has half its width and height. */
  readonly isCoarse?: boolean;
  /** How often the browser was asked to try whether the line bears more. */
  readonly asks?: number;
}

/** So much less each other time is a change to the browser, and none to the eye. */
const ASKING_BPS = 1_000;

/**
 * The encodings with these layers on and the others off; one without a name is all that there is, and off where no layer is
 * wanted.
 */
export function withLayers<One extends Sent>(
  encodings: readonly One[],
  layers: readonly Layer[],
  { framesPerSMax, isCoarse = false, asks = 0 }: Thrift = {},
): One[] {
  const wanted: readonly string[] = layers;
  return encodings.map(({ maxFramerate: _, ...encoding }) => ({
    ...(encoding as One),
    ...limitsOf(encoding.rid, isCoarse, asks),
    active: encoding.rid === undefined ? wanted.length > 0 : wanted.includes(encoding.rid),
    ...(framesPerSMax === undefined ? {} : { maxFramerate: framesPerSMax }),
  }));
}

function limitsOf(rid: string | undefined, isCoarse: boolean, asks: number) {
  const layer = CAMERA_LAYERS.find((one) => one.rid === rid);
  if (!layer) return {};
  if (rid !== "q") return layer;
  const maxBitrate = layer.maxBitrate - (asks % 2) * ASKING_BPS;
  return { maxBitrate, scaleResolutionDownBy: layer.scaleResolutionDownBy * (isCoarse ? 2 : 1) };
}
