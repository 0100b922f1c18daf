import { describe, expect, it } from "vitest";
import { codecNamed, codecsOf, preferred } from "./codecs";

const VP8 = { mimeType: "video/VP8" };
const VP9 = { mimeType: "video/VP9", sdpFmtpLine: "profile-id=0" };
const VP9_DEEP = { mimeType: "video/VP9", sdpFmtpLine: "profile-id=2" };
const AV1 = { mimeType: "video/AV1", sdpFmtpLine: "level-idx=5;profile=0;tier=0" };
const RTX = { mimeType: "video/rtx" };
const h264 = (mode: number, profile: string) => ({
  mimeType: "video/H264",
  sdpFmtpLine: `level-asymmetry-allowed=1;packetization-mode=${mode};profile-level-id=${profile}`,
});
const KNOWN = [
  VP8,
  RTX,
  h264(0, "42e01f"),
  h264(1, "42e01f"),
  h264(1, "64001f"),
  AV1,
  VP9,
  VP9_DEEP,
];

describe("the formats that are offered", () => {
  it("are for a screen what keeps text sharp first, AV1 only where there are cores for it", () => {
    expect(preferred(KNOWN, codecsOf("screen", true, 4))).toEqual([
      VP9,
      VP8,
      h264(1, "42e01f"),
      RTX,
    ]);
    expect(preferred(KNOWN, codecsOf("screen", true, 8))).toEqual([
      AV1,
      VP9,
      VP8,
      h264(1, "42e01f"),
      RTX,
    ]);
    expect(preferred(KNOWN, codecsOf("screen", false, 2))[0]).toEqual(AV1);
  });

  it("are for a camera what all have", () => {
    expect(preferred(KNOWN, codecsOf("camera", true, 16))).toEqual([VP8, h264(1, "42e01f"), RTX]);
    expect(preferred([RTX, h264(1, "42e01f")], codecsOf("camera", true, 16))).toEqual([
      h264(1, "42e01f"),
      RTX,
    ]);
  });
});

it("the format that the server names is sent if it was negotiated", () => {
  expect(codecNamed([VP8, RTX, VP9], "vp9")).toEqual(VP9);
  expect(codecNamed([VP8, RTX], "av1")).toBeUndefined();
});
