/** One Opus packet on the voice socket, behind eight bytes of header (`protocol/voice.md`). Pure. */

const VERSION = 1;
export const HEADER_BYTES = 8;
/** Longest Opus packet. Source: RFC 6716 §3.4, R2. */
export const PAYLOAD_BYTES_MAX = 1275;

export interface Frame {
  /** Upward how loud it is, in -dBov: 0 is loudest, 127 silence. Downward the line's index. */
  readonly tag: number;
  /** 16 bits, which count the frames of a line. */
  readonly sequence: number;
  /** 32 bits, of the first sample at 48 kHz. */
  readonly timestamp: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

export function encodeFrame({ tag, sequence, timestamp, payload }: Frame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, tag);
  view.setUint16(2, sequence);
  view.setUint32(4, timestamp);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** Null for what is no frame of this version. */
export function decodeFrame(bytes: ArrayBuffer): Frame | null {
  const length = bytes.byteLength - HEADER_BYTES;
  if (length < 1 || length > PAYLOAD_BYTES_MAX) return null;
  const view = new DataView(bytes);
  if (view.getUint8(0) !== VERSION) return null;
  return {
    tag: view.getUint8(1),
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    payload: new Uint8Array(bytes, HEADER_BYTES),
  };
}
