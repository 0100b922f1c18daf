/**
 * Reads just enough of a Hocuspocus frame to know what it does to our account of unsaved edits:
 * document name, type, and for a sync frame which step. Source: @hocuspocus/provider 4.8 `types.ts`, `MessageReceiver.ts`.
 */

export type FrameKind = "asks-for-edits" | "acknowledged" | "not-applied" | "other";

const SYNC = 0;
const SYNC_STATUS = 8;
const STEP_ONE = 0;

/** What an incoming frame of a document means for us; never throws. */
export function frameKind(data: ArrayBuffer): FrameKind {
  const bytes = new Uint8Array(data);
  const [nameLength, nameAt] = readUint(bytes, 0);
  const [type, at] = readUint(bytes, nameAt + nameLength);
  if (type === SYNC) return readUint(bytes, at)[0] === STEP_ONE ? "asks-for-edits" : "other";
  // lib0's writeVarInt: bit 6 is the sign, bits 0–5 the number.
  if (type === SYNC_STATUS) return ((bytes[at] ?? 0) & 0x3f) === 1 ? "acknowledged" : "not-applied";
  return "other";
}

/** lib0's writeVarUint: seven bits a byte, low ones first. */
function readUint(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  let next = at;
  for (let factor = 1; next < bytes.length; factor *= 128) {
    const byte = bytes[next] ?? 0;
    next += 1;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  return [value, next];
}
