import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeFrame, encodeFrame } from "./frame";

const FOLDER = new URL("../../../../protocol/fixtures/voice/", import.meta.url);

interface Fixture {
  readonly says: string;
  readonly valid: boolean;
  readonly hex: string;
  readonly frame: {
    readonly tag: number;
    readonly sequence: number;
    readonly timestamp: number;
    readonly payload: string;
  };
}

const fixtures = readdirSync(FOLDER)
  .filter((name) => name.includes("frame"))
  .map((name) => JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as Fixture);
const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));

describe("the golden frames", () => {
  for (const { says, valid, hex, frame } of fixtures) {
    it(says, () => {
      const read = decodeFrame(bytesOf(hex).buffer);
      if (!valid) return expect(read).toBeNull();
      const { payload, ...header } = frame;
      const expected = { ...header, payload: bytesOf(payload) };
      expect(read).toEqual(expected);
      expect(encodeFrame(expected)).toEqual(bytesOf(hex));
    });
  }

  it("are there", () => {
    expect(fixtures.filter(({ valid }) => valid).length).toBeGreaterThan(2);
    expect(fixtures.filter(({ valid }) => !valid).length).toBeGreaterThan(2);
  });
});
