/**
 * Whether the camera's own picture is used or one with a blurred background. While blur is wanted the camera's own
 * picture is never given out, not even before the blur has begun or after it failed.
 */
import type { BlurProblem, Blurred, StartBlur } from "./blur";

export interface BackdropOptions {
  readonly start: StartBlur;
  /** The picture to be shown and sent; null while there is none. */
  readonly onChange: (picture: MediaStreamTrack | null) => void;
  /** It cannot be blurred: from now on there is no picture, until blur is switched off. */
  readonly onProblem: (problem: BlurProblem) => void;
}

export class Backdrop {
  readonly #options: BackdropOptions;
  #camera: MediaStreamTrack | null = null;
  #isOn = false;
  #blurred: Blurred | null = null;
  /** Counts what made a start void. */
  #turn = 0;

  constructor(options: BackdropOptions) {
    this.#options = options;
  }

  /** This is the camera's own picture from now on. */
  follow(camera: MediaStreamTrack | null) {
    if (camera === this.#camera) return;
    this.#camera = camera;
    this.#begin();
  }

  setOn(isOn: boolean) {
    if (isOn === this.#isOn) return;
    this.#isOn = isOn;
    this.#begin();
  }

  #begin() {
    this.#turn += 1;
    this.#blurred?.close();
    this.#blurred = null;
    if (this.#isOn && this.#camera) void this.#start(this.#camera, this.#turn);
    this.#show();
  }

  async #start(camera: MediaStreamTrack, turn: number) {
    const isWanted = () => turn === this.#turn;
    try {
      const blurred = await this.#options.start(camera, (problem) => {
        if (isWanted()) this.#fail(problem);
      });
      if (!isWanted()) return blurred.close();
      this.#blurred = blurred;
      blurred.track.contentHint = camera.contentHint;
      this.#show();
    } catch {
      if (isWanted()) this.#fail("unusable");
    }
  }

  #fail(problem: BlurProblem) {
    this.#blurred?.close();
    this.#blurred = null;
    this.#show();
    this.#options.onProblem(problem);
  }

  #show() {
    this.#options.onChange(this.#isOn ? (this.#blurred?.track ?? null) : this.#camera);
  }
}
