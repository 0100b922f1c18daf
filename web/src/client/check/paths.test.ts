import { describe, expect, it } from "vitest";
import { answerFor, configurationFor, offeredPaths } from "./paths";

const UDP = "a=candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host";
const TCP = "a=candidate:2 1 TCP 1671430143 192.0.2.1 443 typ host tcptype passive";
const answer = (...candidates: string[]) =>
  ["v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", ...candidates, "a=mid:0", ""].join("\r\n");
const RELAYS: RTCIceServer[] = [
  { urls: ["turn:x:3478?transport=udp", "turns:x:443"], username: "u", credential: "c" },
  { urls: "stun:x" },
];

describe("the paths that a server offers", () => {
  it("are those of its addresses and of its relays", () => {
    expect([...offeredPaths(answer(UDP), [])]).toEqual(["udp"]);
    expect([...offeredPaths(answer(UDP, TCP), RELAYS)]).toEqual(["udp", "tcp", "tls"]);
    expect([...offeredPaths(answer(), [])]).toEqual([]);
  });
});

describe("a peer that is held to one path", () => {
  it("hears of the addresses of that path only", () => {
    expect(answerFor("udp", answer(UDP, TCP))).toBe(answer(UDP));
    expect(answerFor("tcp", answer(UDP, TCP))).toBe(answer(TCP));
  });

  it("uses nothing but relays over TLS for that path, and none for the others", () => {
    expect(configurationFor("udp", RELAYS)).toEqual({});
    expect(configurationFor("tls", RELAYS)).toEqual({
      iceTransportPolicy: "relay",
      iceServers: [{ urls: ["turns:x:443"], username: "u", credential: "c" }],
    });
  });
});
