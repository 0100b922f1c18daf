/** What an audio worklet finds in its global scope. Source: Web Audio API, W3C, §1.32. */
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** Of the context, in Hz. */
declare const sampleRate: number;
