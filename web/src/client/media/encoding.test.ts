import { describe, expect, it } from "vitest";
import { encodingsOf, withLayers } from "./encoding";

const sent: readonly Pick<RTCRtpEncodingParameters, "rid" | "active" | "maxFramerate">[] = [
  { rid: "q", maxBitrate: 1 } as RTCRtpEncodingParameters,
  { rid: "h" },
  { rid: "f", active: false },
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
      { rid: "q", maxBitrate: 1, active: true },
      { rid: "h", active: false },
      { rid: "f", active: true },
    ]);
  });

  it("are sent at a rate that the device can bear, until it can bear any", () => {
    const slow = withLayers(sent, ["q"], 12);
    expect(slow.map(({ maxFramerate }) => maxFramerate)).toEqual([12, 12, 12]);
    expect(withLayers(slow, ["q"])[0]).toEqual({ rid: "q", maxBitrate: 1, active: true });
  });

  it("mean all of what is sent in one encoding, or nothing", () => {
    expect(withLayers([{ active: true }], ["q"])).toEqual([{ active: true }]);
    expect(withLayers([{ active: true }], [])).toEqual([{ active: false }]);
    expect(withLayers(sent, []).map(({ active }) => active)).toEqual([false, false, false]);
  });
});
