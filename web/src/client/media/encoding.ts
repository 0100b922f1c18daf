/** How much of the network and the processor our pictures may take. Pure. */
import type { Source } from "../signaling";

const CAMERA_BITRATE_MAX_BPS = 1_200_000;
const CAMERA_BITRATE_CROWD_BPS = 500_000;
const SCREEN_BITRATE_MAX_BPS = 2_500_000;
/** With more people in the call than this nobody's picture is large, and each costs everybody a decoder. */
const FULL_PICTURE_PEOPLE_MAX = 2;
const CROWD_SCALE_DOWN = 2;

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

export interface Encoding {
  readonly maxBitrate: number;
  readonly scaleResolutionDownBy: number;
}

/** The encoding of a source while `people` send and receive in the room; null where the browser decides. */
export function encodingOf(source: Source, people: number): Encoding | null {
  if (source === "screen") return { maxBitrate: SCREEN_BITRATE_MAX_BPS, scaleResolutionDownBy: 1 };
  if (source !== "camera") return null;
  return people <= FULL_PICTURE_PEOPLE_MAX
    ? { maxBitrate: CAMERA_BITRATE_MAX_BPS, scaleResolutionDownBy: 1 }
    : { maxBitrate: CAMERA_BITRATE_CROWD_BPS, scaleResolutionDownBy: CROWD_SCALE_DOWN };
}
