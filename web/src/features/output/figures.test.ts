import { expect, it } from "vitest";
import { formatBytes, formatDuration } from "./figures";

it.each([
  [3, "0.00 s"],
  [1_240, "1.24 s"],
  [12_340, "12.3 s"],
  [62_000, "62 s"],
])("%i ms reads %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

it.each([
  [640_000, "640 KB"],
  [9_240_000, "9.2 MB"],
  [92_400_000, "92 MB"],
  [1_500_000_000, "1.5 GB"],
])("%i bytes reads %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));
