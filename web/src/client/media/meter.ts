/** How loud a track is, for meters and for "you speak while muted". Sends nothing anywhere. */

const SAMPLE_INTERVAL_MS = 60;
const WINDOW_SAMPLES = 512;
/** The quietest level that the meter shows, in dBFS; speech at a desk is around -30. */
const FLOOR_DB = -60;

/** Calls `onLevel` with 0 (silence) … 1 (full scale), while the browser lets sound run, until the returned function is called. */
export function meter(track: MediaStreamTrack, onLevel: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: WINDOW_SAMPLES });
  const source = context.createMediaStreamSource(new MediaStream([track]));
  source.connect(analyser);
  const samples = new Float32Array(WINDOW_SAMPLES);
  const timer = setInterval(() => {
    if (context.state !== "running") return;
    analyser.getFloatTimeDomainData(samples);
    onLevel(levelOf(samples));
  }, SAMPLE_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    source.disconnect();
    void context.close();
  };
}

/** Root mean square on a decibel scale, 0 … 1. */
export function levelOf(samples: Float32Array): number {
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  if (power === 0) return 0;
  const db = 10 * Math.log10(power);
  return Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
}
