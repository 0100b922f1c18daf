import { expect, it } from "vitest";
import { withStartBitrate } from "./start-bitrate";

it("names a start bitrate for VP8 and leaves the rest alone", () => {
  const answer = ["m=video 9 UDP 96 97", "a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000", ""];
  expect(withStartBitrate(answer.join("\r\n")).split("\r\n")).toEqual([
    "m=video 9 UDP 96 97",
    "a=rtpmap:96 VP8/90000",
    "a=fmtp:96 x-google-start-bitrate=700",
    "a=rtpmap:97 rtx/90000",
    "",
  ]);
});
