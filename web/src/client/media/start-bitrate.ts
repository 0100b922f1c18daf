/**
 * Chromium begins every video at 300 kbit/s, shrinks the picture to fit and takes half a minute to grow it
 * again. A parameter in the answer lets it begin higher; other browsers ignore it. Pure.
 *
 * Source: libwebrtc, `media/base/media_constants.cc`, `kCodecParamStartBitrate`.
 */

const START_BITRATE_KBPS = 700;

/** The answer with a start bitrate on each VP8 line. */
export function withStartBitrate(answer: string): string {
  const newline = answer.includes("\r\n") ? "\r\n" : "\n";
  return answer
    .split(newline)
    .flatMap((line) => [line, ...startOf(line)])
    .join(newline);
}

function startOf(line: string): string[] {
  const payload = /^a=rtpmap:(\d+) VP8\/90000$/iu.exec(line)?.[1];
  if (payload === undefined) return [];
  return [`a=fmtp:${payload} x-google-start-bitrate=${START_BITRATE_KBPS}`];
}
