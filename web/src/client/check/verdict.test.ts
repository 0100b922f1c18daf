import { describe, expect, it } from "vitest";
import { type Findings, verdictOf } from "./verdict";

const GOOD: Findings = {
  paths: [
    { path: "udp", outcome: "open" },
    { path: "tcp", outcome: "not_offered" },
    { path: "tls", outcome: "not_offered" },
  ],
  measured: { roundTripMs: 24.4, lossPercent: 0.2, uplinkKbps: 2_500 },
  hasVoice: true,
  isOwnMachine: false,
  microphone: "heard",
  camera: "seen",
};

const paths = (udp: "open" | "blocked", tcp: "open" | "blocked") => [
  { path: "udp" as const, outcome: udp },
  { path: "tcp" as const, outcome: tcp },
];
const measured = (part: Partial<NonNullable<Findings["measured"]>>) => ({
  ...GOOD,
  measured: { roundTripMs: 24, lossPercent: 0, uplinkKbps: 2_500, ...part },
});

describe("a check", () => {
  it("says that all is good, with a figure and nothing to do", () => {
    expect(verdictOf(GOOD)).toEqual({
      level: "good",
      words: "Your connection is good: there and back takes 24 ms, and next to nothing is lost.",
      remedy: null,
    });
    expect(verdictOf({ ...GOOD, microphone: "unused", camera: "unused" }).level).toBe("good");
  });

  it("tells a network that lets nothing through from one that blocks the direct way", () => {
    const shut = verdictOf({ ...GOOD, measured: null, paths: paths("blocked", "blocked") });
    expect(shut).toMatchObject({ level: "bad", remedy: expect.stringContaining("hotspot") });
    expect(shut.words).toContain("sound only");
    const silent = { ...GOOD, hasVoice: false, paths: paths("blocked", "blocked") };
    expect(verdictOf(silent).words).toContain("lets no call through");
    const own = { ...GOOD, isOwnMachine: true, paths: paths("blocked", "blocked") };
    expect(verdictOf(own).words).toContain("to its own machine");
    expect(verdictOf({ ...own, paths: GOOD.paths }).level).toBe("good");
    const detour = verdictOf({ ...GOOD, paths: paths("blocked", "open") });
    expect(detour).toMatchObject({ level: "fair" });
    expect(detour.words).toContain("blocks direct video");
  });

  it("says when the server does not answer", () => {
    const refused = { ...GOOD, measured: null, paths: [{ path: "udp", outcome: "refused" }] };
    expect(verdictOf(refused as Findings).words).toContain("does not answer");
  });

  it.each([
    [{ lossPercent: 5 }, "fair", "loses 5 %"],
    [{ lossPercent: 12 }, "bad", "loses 12 %"],
    [{ roundTripMs: 250 }, "fair", "250 ms"],
    [{ roundTripMs: 600 }, "bad", "600 ms"],
    [{ uplinkKbps: 500 }, "fair", "500 kbit/s"],
    [{ uplinkKbps: 100 }, "bad", "100 kbit/s"],
  ] as const)("judges figures: %o is %s", (part, level, words) => {
    const verdict = verdictOf(measured(part));
    expect(verdict.level).toBe(level);
    expect(verdict.words).toContain(words);
    expect(verdict.remedy).not.toBeNull();
  });

  it("lets the worst decide, and devices where the connection is good", () => {
    expect(verdictOf(measured({ lossPercent: 5, roundTripMs: 600 })).words).toContain("600 ms");
    expect(verdictOf({ ...measured({ lossPercent: 5 }), camera: "black" }).words).toContain("5 %");
    expect(verdictOf({ ...GOOD, microphone: "silent" }).words).toContain("microphone");
    expect(verdictOf({ ...GOOD, camera: "black" })).toMatchObject({ level: "fair" });
  });

  it("makes up no figure that was not measured", () => {
    const unmeasured = { roundTripMs: null, lossPercent: null, uplinkKbps: null };
    expect(verdictOf({ ...GOOD, measured: unmeasured }).words).toBe("Your connection is good.");
  });
});
