/** A short tone on the chosen speaker, so that a person hears which one they chose. */

const NOTES_HZ = [523.25, 659.25, 783.99] as const;
const NOTE_S = 0.16;
const PEAK_GAIN = 0.12;

/** Plays three notes; resolves when they are over. */
export async function playTestTone(speaker: string): Promise<void> {
  const context = new AudioContext();
  const output = context.createMediaStreamDestination();
  const element = new Audio();
  element.srcObject = output.stream;
  if (speaker !== "" && "setSinkId" in element) await element.setSinkId(speaker);
  await element.play();
  const last = NOTES_HZ.map((hz, index) => note(context, output, hz, index * NOTE_S)).at(-1);
  await new Promise((resolve) => last?.addEventListener("ended", resolve));
  element.srcObject = null;
  await context.close();
}

function note(context: AudioContext, output: AudioNode, hz: number, afterS: number) {
  const start = context.currentTime + afterS;
  const oscillator = new OscillatorNode(context, { frequency: hz, type: "sine" });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(PEAK_GAIN, start + 0.02);
  gain.gain.linearRampToValueAtTime(0, start + NOTE_S);
  oscillator.connect(gain).connect(output);
  oscillator.start(start);
  oscillator.stop(start + NOTE_S);
  return oscillator;
}
