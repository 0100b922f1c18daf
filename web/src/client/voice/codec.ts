/** What we speak: Opus as WebCodecs has it. Source: Opus WebCodecs Registration, W3C. */
import { SAMPLE_HZ } from "./numbers";

const BITRATE_BPS = 28_000;

/** Frames go on over lossy paths to those who listen, so Opus carries each twice, the second time coarsely. */
const OPUS = {
  frameDuration: 20_000,
  application: "voip",
  signal: "voice",
  useinbandfec: true,
  packetlossperc: 10,
};

export const ENCODER: AudioEncoderConfig = {
  codec: "opus",
  sampleRate: SAMPLE_HZ,
  numberOfChannels: 1,
  bitrate: BITRATE_BPS,
  opus: OPUS,
};

/** Mono is heard on both. */
export const DECODER: AudioDecoderConfig = {
  codec: "opus",
  sampleRate: SAMPLE_HZ,
  numberOfChannels: 2,
};

/** Whether this browser can speak and hear over a WebSocket: Chromium 94, Firefox 130 on computers, Safari 26. */
export async function hasVoice(): Promise<boolean> {
  if (!("AudioEncoder" in globalThis && "AudioDecoder" in globalThis)) return false;
  if (!("AudioWorkletNode" in globalThis)) return false;
  try {
    const [encoder, decoder] = await Promise.all([
      AudioEncoder.isConfigSupported(ENCODER),
      AudioDecoder.isConfigSupported(DECODER),
    ]);
    return encoder.supported === true && decoder.supported === true;
  } catch {
    return false;
  }
}
