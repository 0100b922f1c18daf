import { expect, it } from "vitest";
import { doorsIn, isOwnMachine } from "./doors";

const ANSWER = [
  "v=0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "a=candidate:1 1 tcp 100 198.51.100.7 443 typ host tcptype passive",
  "a=candidate:2 1 udp 200 198.51.100.7 7882 typ host",
  "m=video 9 UDP/TLS/RTP/SAVPF 96",
  "a=candidate:2 1 udp 200 198.51.100.7 7882 typ host",
  "a=candidate:broken",
].join("\r\n");

it("each port is named once, UDP first", () => {
  expect(doorsIn(ANSWER)).toEqual([
    { protocol: "UDP", host: "198.51.100.7", port: 7882 },
    { protocol: "TCP", host: "198.51.100.7", port: 443 },
  ]);
  expect(doorsIn("")).toEqual([]);
});

it("the machine's own names and addresses are told from others", () => {
  const own = ["localhost", "vivavoce.localhost", "127.0.0.1", "127.3.2.1", "[::1]"];
  const others = ["localhost.example.com", "notlocalhost", "127.example.com", "10.0.0.1", "[::2]"];
  expect(own.filter(isOwnMachine)).toEqual(own);
  expect(others.filter(isOwnMachine)).toEqual([]);
});
