/** In which formats pictures and sound are offered. Pure. */
import type { Source, VideoCodec } from "../signaling";

/** AV1 takes so much more of the processor that only machines with many cores send it. Source: `docs/topics/media.md`. */
const CORES_FOR_AV1 = 8;

/** What is known of a format of the browser's. */
export type Known = Pick<RTCRtpCodec, "mimeType" | "sdpFmtpLine">;

/**
 * Names from the best down, each with what repairs its losses: packets sent again, or, for a voice, in the next packet too
 * (RED). Of a screen one prefers what keeps text sharp with few bits, and the server says when all others decode it.
 */
export function codecsOf(source: Source, isSent: boolean, cores: number): readonly string[] {
  if (source === "microphone") return ["opus", "red"];
  if (source === "screen_audio") return ["opus"];
  if (source === "camera") return ["VP8", "H264", "rtx"];
  const best = isSent && cores < CORES_FOR_AV1 ? ["VP9"] : ["AV1", "VP9"];
  return [...best, "VP8", "H264", "rtx"];
}

/** Those of the browser's formats that have these names, in their order, in the profile that the server passes on. */
export function preferred<One extends Known>(
  known: readonly One[],
  names: readonly string[],
): One[] {
  return names.flatMap((name) =>
    known.filter((codec) => nameOf(codec) === name.toLowerCase() && fits(codec)),
  );
}

/** The one of the negotiated formats to send in; `undefined`: it is not among them. */
export function codecNamed<One extends Known>(
  negotiated: readonly One[],
  codec: VideoCodec,
): One | undefined {
  return negotiated.find((one) => nameOf(one) === codec);
}

function nameOf({ mimeType }: Known): string {
  return mimeType.split("/")[1]?.toLowerCase() ?? "";
}

/** Source: RFC 9628 §6 (absent is 0), RFC 6184 §8.1 (constrained baseline, mode 1: `rust/sfu/src/session/rtc.rs`). */
function fits(codec: Known): boolean {
  const format = codec.sdpFmtpLine ?? "";
  if (nameOf(codec) === "vp9") return !/profile-id=[^0]/.test(format);
  if (nameOf(codec) !== "h264") return true;
  return /packetization-mode=1/.test(format) && /profile-level-id=42e0/i.test(format);
}
