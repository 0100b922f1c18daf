/** A moving picture and a tone for a check: nobody's camera or voice is sent for it. */

const SIZE = { width: 640, height: 360 } as const;
const FRAMES_PER_S = 24;
/** So many squares change in each frame that the encoder has something to send. */
const SQUARES = 60;
const TONE_HZ = 220;
const TONE_GAIN = 0.05;

export interface Pattern {
  readonly picture: MediaStreamTrack | null;
  readonly tone: MediaStreamTrack | null;
  stop(): void;
}

/** Call it on a click, else the browser holds back the tone. */
export function createPattern(): Pattern {
  const canvas = Object.assign(document.createElement("canvas"), SIZE);
  const context = canvas.getContext("2d");
  const timer = setInterval(() => context && scatter(context), 1_000 / FRAMES_PER_S);
  const [picture = null] = canvas.captureStream(FRAMES_PER_S).getVideoTracks();
  const audio = new AudioContext();
  const output = audio.createMediaStreamDestination();
  const oscillator = new OscillatorNode(audio, { frequency: TONE_HZ });
  oscillator.connect(new GainNode(audio, { gain: TONE_GAIN })).connect(output);
  oscillator.start();
  const [tone = null] = output.stream.getAudioTracks();
  return {
    picture,
    tone,
    stop: () => {
      clearInterval(timer);
      picture?.stop();
      tone?.stop();
      void audio.close();
    },
  };
}

function scatter(context: CanvasRenderingContext2D) {
  const side = SIZE.height / 6;
  for (let square = 0; square < SQUARES; square++) {
    context.fillStyle = `hsl(${Math.random() * 360} 70% 50%)`;
    context.fillRect(Math.random() * SIZE.width, Math.random() * SIZE.height, side, side);
  }
}
