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
  it("are on, the others off, each within its limits, and nothing else changes", () => {
    const [q, h, f] = encodingsOf("camera");
    const before: RTCRtpEncodingParameters[] = [
      { rid: "q", priority: "high" },
      { rid: "h" },
      { rid: "f" },
    ];
    expect(withLayers(before, ["q", "f"])).toEqual([
      { ...q, active: true, priority: "high" },
      { ...h, active: false },
      { ...f, active: true },
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

  it("have another limit each time that the browser is asked to try the line, hardly less than their own", () => {
    const limits = [0, 1, 2].map((asks) => withLayers(sent, ["q"], { isCoarse: true, asks }));
    const ofLayer = (index: number) => limits.map((layers) => layers[index]?.maxBitrate);
    expect(ofLayer(0)).toEqual([150_000, 149_000, 150_000]);
    expect(new Set(ofLayer(1)).size).toBe(1);
  });

  it("mean all of what is sent in one encoding, or nothing", () => {
    expect(withLayers([{ active: true }], ["q"])).toEqual([{ active: true }]);
    expect(withLayers([{ active: true }], [])).toEqual([{ active: false }]);
    expect(withLayers(sent, []).map(({ active }) => active)).toEqual([false, false, false]);
  });
});
