import { describe, expect, it } from "vitest";
import type { Participant } from "../client/signaling";
import { deviceNotes, receivingOf } from "./call-log";
import { NO_DEVICE, NO_DEVICES } from "./devices.fake";
import { emptyRoom } from "./room";

const track = (id: string) => ({ id }) as MediaStreamTrack;
const NAMED = { ...NO_DEVICE, chosen: "Ann's iPhone" };
const DEVICES = { ...NO_DEVICES, microphone: NAMED, camera: NAMED };

describe("what becomes of devices", () => {
  it("is noted by kind and never by name", () => {
    const opened = { ...DEVICES, camera: { ...NAMED, track: track("a") } };
    const changed = { ...DEVICES, camera: { ...NAMED, track: track("b") } };
    expect(deviceNotes(DEVICES, opened)).toEqual([
      { kind: "device", device: "camera", event: "opened" },
    ]);
    expect(deviceNotes(opened, changed)).toMatchObject([{ event: "changed" }]);
    expect(deviceNotes(changed, DEVICES)).toMatchObject([{ event: "closed" }]);
    expect(JSON.stringify(deviceNotes(DEVICES, opened))).not.toContain("iPhone");
  });

  it("says why one cannot be used, once", () => {
    const busy = { ...DEVICES, microphone: { ...NAMED, problem: "busy" as const } };
    expect(deviceNotes(DEVICES, busy)).toEqual([
      { kind: "device", device: "microphone", event: "failed", problem: "busy" },
    ]);
    expect(deviceNotes(busy, { ...busy })).toEqual([]);
  });

  it("tells switches, screens and speakers", () => {
    const muted = { ...DEVICES, isOn: { microphone: false, camera: true } };
    expect(deviceNotes(DEVICES, muted)).toMatchObject([{ device: "microphone", event: "muted" }]);
    const sharing = { ...DEVICES, screen: track("s"), speaker: "x" };
    expect(deviceNotes(DEVICES, sharing)).toMatchObject([
      { device: "screen", event: "opened" },
      { device: "speaker", event: "changed" },
    ]);
  });
});

describe("who is received", () => {
  const ann: Participant = {
    id: "ann",
    name: "Ann",
    role: "candidate",
    color: "#fff",
    tracks: { microphone: true, camera: true, screen: false },
    connected: true,
    connection: null,
    path: "webrtc",
    rests: false,
    joined_at: 0,
  };
  const room = {
    ...emptyRoom("me", { id: "i", title: "T", state: "live" }),
    participants: [ann],
    slots: [
      { mid: "4", source: "microphone" as const, participant: "ann" },
      { mid: "5", source: "microphone" as const, participant: null },
      { mid: "11", source: "camera" as const, participant: "ann" },
    ],
  };

  it("is known by line, with what is shown of their picture and why not", () => {
    const pictures = [{ mid: "11", layer: null, reason: "network" as const }];
    expect([...receivingOf({ ...room, pictures })]).toEqual([
      ["4", { source: "microphone", publisher: "ann" }],
      ["11", { source: "camera", publisher: "ann", picture: "paused" }],
    ]);
  });

  it("notes that a network lets no picture through", () => {
    const participants = [{ ...ann, path: "websocket" as const }];
    expect(receivingOf({ ...room, participants }).get("11")?.picture).toBe("blocked");
  });

  it("tells a picture that is not looked at from one that is shown", () => {
    const pictures = [{ mid: "11", layer: null, reason: "hidden" as const }];
    expect(receivingOf({ ...room, pictures }).get("11")?.picture).toBe("hidden");
    expect(receivingOf(room).get("11")?.picture).toBe("shown");
  });
});
