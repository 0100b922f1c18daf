import { describe, expect, it } from "vitest";
import { linesOf } from "./template";

const counts = (role: "candidate" | "observer") =>
  linesOf(role).map(({ kind, source, direction }) => `${direction} ${kind} ${source}`);

describe("the offer", () => {
  it("of a participant sends four sources, then receives from seven others and two screens", () => {
    const lines = counts("candidate");
    expect(lines.slice(0, 4)).toEqual([
      "sendonly audio microphone",
      "sendonly video camera",
      "sendonly video screen",
      "sendonly audio screen_audio",
    ]);
    expect(lines.slice(4)).toEqual([
      ...Array(7).fill("recvonly audio microphone"),
      ...Array(7).fill("recvonly video camera"),
      ...Array(2).fill("recvonly video screen"),
      ...Array(2).fill("recvonly audio screen_audio"),
    ]);
  });

  it("of an observer only receives, from eight", () => {
    expect(counts("observer")).toEqual([
      ...Array(8).fill("recvonly audio microphone"),
      ...Array(8).fill("recvonly video camera"),
      ...Array(2).fill("recvonly video screen"),
      ...Array(2).fill("recvonly audio screen_audio"),
    ]);
  });
});
