import { describe, expect, it } from "vitest";
import { QUALITY_UNKNOWN, type QualityHint } from "../client/media";
import type { Connection, Participant } from "../client/signaling";
import { connectionOf } from "./connections";

const GOOD: Connection = { bars: 4, cause: null, loss_percent: null, round_trip_ms: null };
const LOSSY: Connection = { bars: 1, cause: "loss_up", loss_percent: 9, round_trip_ms: null };
const SLOW: Connection = { bars: 2, cause: "delay", loss_percent: null, round_trip_ms: 340 };

function person(id: string, connection: Connection | null): Participant {
  return {
    id,
    name: id === "ann" ? "Ann" : "Me",
    role: "candidate",
    color: "#fff",
    tracks: { microphone: true, camera: true, screen: false },
    connected: true,
    connection,
    path: "webrtc",
    rests: false,
    joined_at: 0,
  };
}

function room(own: Connection | null, ann: Connection | null, quality: Partial<QualityHint> = {}) {
  return {
    you: "me",
    link: "online" as const,
    participants: [person("me", own), person("ann", ann)],
    quality: { ...QUALITY_UNKNOWN, ...quality },
  };
}

describe("somebody else's connection", () => {
  it("has the server's bars, and its cause in words", () => {
    expect(connectionOf(room(null, LOSSY), "ann")).toEqual({
      bars: 1,
      because: "9 % is lost on the way up",
      words: "Ann's connection is very weak: 9 % is lost on the way up.",
    });
    expect(connectionOf(room(null, GOOD), "ann")?.words).toBe("Ann's connection is good.");
  });

  it("is unknown before it was measured and while they are away", () => {
    expect(connectionOf(room(null, null), "ann")).toBeNull();
    const away = room(null, GOOD);
    const participants = away.participants.map((one) => ({ ...one, connected: false }));
    expect(connectionOf({ ...away, participants }, "ann")).toBeNull();
  });

  it("is not judged by what this page measures", () => {
    const weak = { bars: 1, weakness: "loss_down", loss: 0.3 } as const;
    expect(connectionOf(room(null, GOOD, weak), "ann")?.bars).toBe(4);
  });
});

describe("one's own connection", () => {
  it("is as slow as the stricter of server and page says", () => {
    const slow = { bars: 1, weakness: "delay", roundTripMs: 410 } as const;
    expect(connectionOf(room(SLOW, null, slow), "me")?.bars).toBe(1);
    expect(connectionOf(room(SLOW, null, { ...slow, bars: 3 }), "me")?.words).toBe(
      "Your connection is weak: there and back takes 340 ms.",
    );
  });

  it("is not blamed for what was lost on a sender's way, which the server knows apart", () => {
    const lossy = { bars: 1, weakness: "loss_down", loss: 0.3 } as const;
    expect(connectionOf(room(GOOD, null, lossy), "me")?.bars).toBe(4);
    expect(connectionOf(room(null, null, lossy), "me")?.words).toBe(
      "Your connection is very weak: 30 % is lost on the way down.",
    );
  });

  it("is what either knows, where one knows nothing", () => {
    expect(connectionOf(room(SLOW, null), "me")?.bars).toBe(2);
    expect(connectionOf(room(null, null, { bars: 4 }), "me")?.bars).toBe(4);
  });

  it("is unknown while the server is not reached", () => {
    expect(connectionOf({ ...room(GOOD, null), link: "reconnecting" }, "me")).toBeNull();
  });
});
