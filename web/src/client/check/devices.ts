/** Whether a microphone gives sound and a camera light, found out in passing. */
import { meter } from "../media";
import type { CameraFinding, MicrophoneFinding } from "./verdict";

/** On the meter's scale; a microphone that works is louder whenever somebody speaks. */
const SOUND_LEVEL = 0.08;
/** Of 255; a covered camera gives about 2 and some noise. */
const LIGHT_MEAN = 8;
const LOOK_SIZE = { width: 32, height: 18 } as const;

/** Listens until the returned function is called, which says what was heard. */
export function listen(track: MediaStreamTrack | null): () => MicrophoneFinding {
  if (track === null) return () => "unused";
  const levels: number[] = [];
  const stop = meter(track, (level) => levels.push(level));
  return () => {
    stop();
    // Where nothing can be played, Firefox lets nothing be listened to either.
    if (levels.length === 0) return "unused";
    return Math.max(...levels) > SOUND_LEVEL ? "heard" : "silent";
  };
}

/** One look at the camera's picture. */
export async function lookAt(track: MediaStreamTrack | null): Promise<CameraFinding> {
  if (track === null) return "unused";
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = new MediaStream([track]);
  await video.play();
  const canvas = Object.assign(document.createElement("canvas"), LOOK_SIZE);
  const context = canvas.getContext("2d");
  context?.drawImage(video, 0, 0, LOOK_SIZE.width, LOOK_SIZE.height);
  const pixels = context?.getImageData(0, 0, LOOK_SIZE.width, LOOK_SIZE.height).data;
  video.srcObject = null;
  return pixels && isBlack(pixels) ? "black" : "seen";
}

/** Whether there is next to no light in these RGBA pixels. */
export function isBlack(pixels: Uint8ClampedArray): boolean {
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    sum += (pixels[at] ?? 0) + (pixels[at + 1] ?? 0) + (pixels[at + 2] ?? 0);
  }
  return sum / ((pixels.length / 4) * 3) < LIGHT_MEAN;
}
