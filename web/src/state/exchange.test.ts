import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Exchange } from "./exchange";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("gives each offer its own answer", async () => {
  const exchange = new Exchange();
  const first = exchange.answerTo("a", 1);
  const second = exchange.answerTo("b", 2);
  exchange.take({ type: "answer", id: "b", sdp: "for b" });
  exchange.take({ type: "answer", id: "a", sdp: "for a" });
  expect([await first, await second]).toEqual(["for a", "for b"]);
});

it("rejects the offer that an error is about, and leaves other errors to others", async () => {
  const exchange = new Exchange();
  const refused = exchange.answerTo("a", 7);
  expect(exchange.take({ type: "error", code: "x", message: "", about: 3 })).toBe(false);
  expect(exchange.take({ type: "error", code: "offer_rejected", message: "", about: 7 })).toBe(
    true,
  );
  await expect(refused).rejects.toThrow("offer_rejected");
});

it("gives a wish for sound alone its seat", async () => {
  const exchange = new Exchange();
  const seat = exchange.seatFor("v", 3);
  const joined = { type: "voice_joined" as const, id: "v", ticket: "t", lines: [] };
  expect(exchange.take(joined)).toBe(true);
  expect(await seat).toEqual(joined);
});

it("does not wait for ever", async () => {
  const forgotten = new Exchange().answerTo("a", 1);
  const outcome = expect(forgotten).rejects.toThrow("no_answer");
  await vi.advanceTimersByTimeAsync(10_000);
  await outcome;
});
