import { expect, it } from "vitest";
import { arrival, isDead, trafficOf } from "./path";

const traffic = (packetsSent: number, packetsReceived: number) => ({
  packetsSent,
  packetsReceived,
});

it("reads what the one transport carried, where the browser tells", () => {
  const transport = { type: "transport", packetsSent: 3, packetsReceived: 4 };
  expect(trafficOf([{ type: "codec" }, transport])).toEqual(traffic(3, 4));
  expect(trafficOf([{ type: "transport", bytesSent: 9 }])).toBeNull();
  expect(trafficOf([])).toBeNull();
});

it("takes a path for dead that answers nothing for two seconds", () => {
  const last = arrival(null, traffic(100, 50), 1_000);
  expect(isDead(last, traffic(200, 50), 2_900)).toBe(false);
  expect(isDead(last, traffic(200, 50), 3_000)).toBe(true);
});

it("takes nobody's silence for a dead path while hardly anything was sent", () => {
  const last = arrival(null, traffic(100, 50), 0);
  expect(isDead(last, traffic(105, 50), 60_000)).toBe(false);
});

it("begins anew with whatever comes, and after a sleep of the page too", () => {
  const first = arrival(null, traffic(100, 50), 0);
  expect(arrival(first, traffic(150, 50), 1_000)).toBe(first);
  const later = arrival(first, traffic(900, 51), 60_000);
  expect(isDead(later, traffic(900, 51), 60_000)).toBe(false);
});
