import { describe, expect, it } from "vitest";
import { tryPaths } from "./doctor";
import type { PathKind } from "./paths";
import { figuresOf, type Probe, uplinkKbpsOf } from "./probe";

const UDP = "a=candidate:1 1 udp 1 192.0.2.1 7882 typ host";
const TCP = "a=candidate:2 1 tcp 1 192.0.2.1 7882 typ host tcptype passive";
const FIGURES = { roundTripMs: 20, lossPercent: 0, uplinkKbps: 900 };

/** A network that lets these paths through, to a server that offers these addresses. */
async function check(open: readonly PathKind[], answer: string, relays: RTCIceServer[] = []) {
  const tried: string[] = [];
  const found = await tryPaths({ onPath: () => {} }, async (path, isMeasured) => {
    tried.push(isMeasured ? path : `${path} measured`);
    const isOpen = open.includes(path);
    return {
      isOpen,
      answer,
      relays,
      measured: isOpen && !isMeasured ? FIGURES : null,
    } satisfies Probe;
  });
  return { ...found, tried };
}

const outcomes = ({ paths }: Awaited<ReturnType<typeof check>>) =>
  Object.fromEntries(paths.map(({ path, outcome }) => [path, outcome]));

describe("the paths", () => {
  it("are tried if they are offered, and measured on the first that is open", async () => {
    const relays = [{ urls: "turns:x:443" }];
    const found = await check(["tcp", "tls"], `${UDP}\r\n${TCP}`, relays);
    expect(outcomes(found)).toEqual({ udp: "blocked", tcp: "open", tls: "open" });
    expect(found.tried).toEqual(["udp measured", "tcp measured", "tls"]);
    expect(found.measured).toEqual(FIGURES);
  });

  it("that the server does not offer are said to be so and not tried", async () => {
    const found = await check(["udp"], UDP);
    expect(outcomes(found)).toEqual({ udp: "open", tcp: "not_offered", tls: "not_offered" });
    expect(found.tried).toEqual(["udp measured"]);
  });

  it("include a TURN server beside this one, where there is one", async () => {
    const relays = [{ urls: ["turn:192.0.2.1:7882?transport=tcp", "turn:y:3478"] }];
    const found = await check(["relay"], UDP, relays);
    const not = { tcp: "not_offered", tls: "not_offered" };
    expect(outcomes(found)).toEqual({ udp: "blocked", ...not, relay: "open" });
    expect(found.measured).toEqual(FIGURES);
  });

  it("are unknown when the server does not answer", async () => {
    const refuse = () => Promise.reject(new Error("unreachable"));
    const found = await tryPaths({ onPath: () => {} }, refuse);
    expect(found).toEqual({ paths: [{ path: "udp", outcome: "refused" }], measured: null });
  });
});

it("takes loss and round trip from what was sent, and no figure from nothing", () => {
  const line = { way: "up", source: "camera", bitrate_kbps: 1 } as const;
  const lines = [
    { ...line, packets: 150, lost: 3 },
    { ...line, packets: 50, lost: 1 },
  ];
  expect(figuresOf({ kind: "sample", over_ms: 1, round_trip_ms: 12, lines })).toEqual({
    roundTripMs: 12,
    lossPercent: 2,
  });
  expect(figuresOf(null)).toEqual({ roundTripMs: null, lossPercent: null });
});

it("takes the uplink from the browser's estimate", () => {
  const entries = [{ type: "candidate-pair", availableOutgoingBitrate: 1_250_000 }];
  expect(uplinkKbpsOf({ entries, sent: new Map() })).toBe(1_250);
  expect(uplinkKbpsOf({ entries: [], sent: new Map() })).toBeNull();
});
