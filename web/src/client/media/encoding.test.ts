import { describe, expect, it } from "vitest";
import { encodingsOf, withLayers } from "./encoding";

const sent: readonly RTCRtpEncodingParameters[] = [
  { rid: "q", maxBitrate: 1, scaleResolutionDownBy: 4 },
  { rid: "h", scaleResolutionDownBy: 2 },
  { rid: "f", active: false, scaleResolutionDownBy: 1 },
];

describe("the encodings", () => {
  it("of a camera are three layers, from the smallest up, each twice as wide as the one before", () => {
    const layers = encodingsOf("camera");
    expect(layers.map(({ rid }) => rid)).toEqual(["q", "h", "f"]);
    expect(layers.map((layer) => layer.scaleResolutionDownBy)).toEqual([4, 2, 1]);
  });

  it("of a screen are one, in full size; the browser decides about sound", () => {
    expect(encodingsOf("screen").map((one) => one.scaleResolutionDownBy)).toEqual([1]);
    expect(encodingsOf("microphone")).toEqual([]);
  });
});

describe("wanted layers", () => {
  it("are on, the others off, and nothing else changes", () => {
    expect(withLayers(sent, ["q", "f"])).toEqual([
      { rid: "q", maxBitrate: 1, active: true, scaleResolutionDownBy: 4 },
      { rid: "h", active: false, scaleResolutionDownBy: 2 },
      { rid: "f", active: true, scaleResolutionDownBy: 1 },
    ]);
  });

  it("are sent at a rate that the device can bear, until it can bear any", () => {
    const slow = withLayers(sent, ["q"], { framesPerSMax: 12 });
    expect(slow.map(({ maxFramerate }) => maxFramerate)).toEqual([12, 12, 12]);
    expect(withLayers(slow, ["q"])[0]).not.toHaveProperty("maxFramerate");
  });

  it("are coarse in the smallest only, until they may be fine", () => {
    const scales = (of: readonly RTCRtpEncodingParameters[]) =>
      of.map((encoding) => encoding.scaleResolutionDownBy);
    const coarse = withLayers(sent, ["q"], { isCoarse: true });
    expect(scales(coarse)).toEqual([8, 2, 1]);
    expect(scales(withLayers(coarse, ["q"], { isCoarse: true }))).toEqual([8, 2, 1]);
    expect(scales(withLayers(coarse, ["q"]))).toEqual([4, 2, 1]);
  });

  it("mean all of what is sent in one encoding, or nothing", () => {
    expect(withLayers([{ active: true }], ["q"])).toEqual([{ active: true }]);
    expect(withLayers([{ active: true }], [])).toEqual([{ active: false }]);
    expect(withLayers(sent, []).map(({ active }) => active)).toEqual([false, false, false]);
  });
});
