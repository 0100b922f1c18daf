import { describe, expect, it } from "vitest";
import { answerFor, configurationFor, offeredPaths, relaysFor } from "./paths";

const UDP = "a=candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host";
const TCP = "a=candidate:2 1 TCP 1671430143 192.0.2.1 443 typ host tcptype passive";
const answer = (...candidates: string[]) =>
  ["v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", ...candidates, "a=mid:0", ""].join("\r\n");
const NAME = { username: "u", credential: "c" };
const RELAYS: RTCIceServer[] = [
  { urls: ["turn:192.0.2.1:443?transport=tcp", "turns:x:443"], ...NAME },
  { urls: "stun:x" },
];
const OTHER: RTCIceServer = { urls: ["turn:y:3478?transport=udp", "turns:y:443"], ...NAME };

describe("the paths that a server offers", () => {
  it("are those of its addresses and of its relays", () => {
    expect([...offeredPaths(answer(UDP), [])]).toEqual(["udp"]);
    expect([...offeredPaths(answer(UDP, TCP), RELAYS)]).toEqual(["udp", "tcp", "tls"]);
    expect([...offeredPaths(answer(UDP, TCP), [OTHER])]).toEqual(["udp", "tcp", "tls", "relay"]);
    expect([...offeredPaths(answer(), [])]).toEqual([]);
  });
});

describe("a peer that is held to one path", () => {
  it("hears of the addresses of that path only", () => {
    expect(answerFor("udp", answer(UDP, TCP))).toBe(answer(UDP));
    expect(answerFor("tcp", answer(UDP, TCP))).toBe(answer(TCP));
  });

  it("uses nothing but the relays of a relayed path, and none for the others", () => {
    expect(configurationFor("udp", RELAYS)).toEqual({});
    const only = { iceTransportPolicy: "relay", iceServers: [OTHER] };
    expect(configurationFor("tls", [OTHER])).toEqual(only);
    expect(configurationFor("relay", [OTHER])).toEqual(only);
  });

  it("tells relays over TLS, and those at another place than the server's addresses, apart", () => {
    const among = (path: "udp" | "tls" | "relay") =>
      relaysFor(path, answer(UDP, TCP), [...RELAYS, OTHER]);
    expect(among("udp")).toEqual([]);
    expect(among("tls")).toEqual([
      { urls: ["turns:x:443"], ...NAME },
      { urls: ["turns:y:443"], ...NAME },
    ]);
    expect(among("relay")).toEqual([{ urls: ["turn:y:3478?transport=udp"], ...NAME }]);
    const six = "a=candidate:1 1 udp 1 2001:db8::1 7882 typ host";
    expect(relaysFor("relay", answer(six), [{ urls: "turn:[2001:db8::1]:7882" }])).toEqual([]);
  });
});
