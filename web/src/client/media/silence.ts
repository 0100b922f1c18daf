/**
 * Notices a microphone that gives nothing at all: a switch on its cable, a dead battery, a driver that lies. A quiet
 * room is not silent: even behind noise suppression there is some sound, if only the last bit.
 */

const LOOK_INTERVAL_MS = 1_000;
/** The longest that there is: two thirds of a second. */
const WINDOW_SAMPLES = 32_768;
/** Below the last bit of 16. */
const NOTHING = 1 / (1 << 16);
/** So many looks in a row. */
const SILENT_AFTER = 10;

/** Counts looks. Pure. */
export class SilenceWatch {
  #silent = 0;

  /** Whether with this look it has been silent for so long as to say so; true once a silence. */
  look(peak: number): boolean {
    this.#silent = peak < NOTHING ? this.#silent + 1 : 0;
    return this.#silent === SILENT_AFTER;
  }
}

/** Calls `onSilent` once for each silence, until the returned function is called. A look a second costs next to nothing. */
export function watchSilence(track: MediaStreamTrack, onSilent: () => void): () => void {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: WINDOW_SAMPLES });
  const source = context.createMediaStreamSource(new MediaStream([track]));
  source.connect(analyser);
  const samples = new Float32Array(WINDOW_SAMPLES);
  const watch = new SilenceWatch();
  const timer = setInterval(() => {
    // Before the first click of a page browsers let no audio run: nothing is known then.
    if (context.state !== "running") return;
    analyser.getFloatTimeDomainData(samples);
    if (watch.look(peakOf(samples))) onSilent();
  }, LOOK_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    source.disconnect();
    void context.close();
  };
}

function peakOf(samples: Float32Array): number {
  return samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
}
