import { describe, expect, it } from "vitest";
import type { Participant, SlotQuality } from "../client/signaling";
import { isAllPaused, isHeldBack, linesIn, pictureOf } from "./pictures";

const person = (id: string, tracks: Partial<Participant["tracks"]> = {}): Participant => ({
  id,
  name: id,
  role: "candidate",
  color: "#123456",
  tracks: { microphone: true, camera: true, screen: false, ...tracks },
  connected: true,
  connection: null,
  path: "webrtc",
  rests: false,
  joined_at: 0,
});
const track = (kind: "audio" | "video") => ({ kind }) as MediaStreamTrack;

const tracks = new Map([
  ["4", track("audio")],
  ["11", track("video")],
  ["12", track("video")],
  ["18", track("video")],
]);
const room = {
  participants: [person("ines"), person("jon"), person("mei", { camera: false })],
  slots: [
    { mid: "4", source: "microphone", participant: "ines" },
    { mid: "11", source: "camera", participant: "ines" },
    { mid: "12", source: "camera", participant: "jon" },
    { mid: "13", source: "camera", participant: "mei" },
    { mid: "18", source: "screen", participant: null },
  ],
  pictures: [] as readonly SlotQuality[],
  wantsVideo: true,
  voice: "off",
  rests: false,
  you: "me",
  tracks,
} as const;
const told = (...pictures: SlotQuality[]) => ({ ...room, pictures });

const good = (mid: string): SlotQuality => ({ mid, layer: "f", reason: null });
const smaller = (mid: string): SlotQuality => ({ mid, layer: "q", reason: "network" });
const none = (mid: string, reason: SlotQuality["reason"]): SlotQuality => ({
  mid,
  layer: null,
  reason,
});

describe("somebody's picture", () => {
  const stateOf = (seen: Parameters<typeof pictureOf>[0], who = "ines") =>
    pictureOf(seen, who, "camera").state;

  it("comes on the slot of its sender", () => {
    expect(pictureOf(room, "jon", "camera")).toEqual({
      mid: "12",
      track: tracks.get("12"),
      state: "shown",
    });
    expect(pictureOf(room, "jon", "screen")).toEqual({ mid: null, track: null, state: "off" });
  });

  it("is off when its sender switched it off, and still has a place", () => {
    expect(pictureOf(room, "mei", "camera")).toMatchObject({ mid: "13", state: "off" });
  });

  it("is shown smaller without a word, and paused with one", () => {
    expect(stateOf(told(smaller("11")))).toBe("shown");
    expect(stateOf(told(none("11", "network")))).toBe("paused");
    expect(stateOf(told(none("11", "network")), "jon")).toBe("shown");
  });

  it("is declined as soon as this person wants sound only", () => {
    expect(stateOf({ ...told(good("11")), wantsVideo: false })).toBe("declined");
  });

  it("keeps its last frame when it was not looked at, but not when it does not arrive", () => {
    expect(stateOf(told(none("11", "hidden")))).toBe("shown");
    expect(stateOf(told(none("11", "waiting")))).toBe("awaited");
  });
});

describe("where a network lets no picture through", () => {
  const [ines, ...others] = room.participants;
  const participants = [{ ...ines, path: "websocket" as const }, ...others];
  const stateOf = (seen: Parameters<typeof pictureOf>[0], who: string) =>
    pictureOf(seen, who, "camera").state;

  it("the others are told whose it is, whether or not a camera is on", () => {
    expect(stateOf({ ...room, participants }, "ines")).toBe("unsent");
    expect(stateOf({ ...room, participants }, "jon")).toBe("shown");
    const dark = [{ ...person("ines", { camera: false }), path: "websocket" as const }];
    expect(stateOf({ ...room, participants: dark }, "ines")).toBe("unsent");
  });

  it("its owner is told that they see nobody and are not seen", () => {
    const own = { ...room, voice: "on" as const };
    expect(stateOf(own, "ines")).toBe("blocked");
    expect(stateOf(own, "mei")).toBe("off");
    expect(stateOf(own, "me")).toBe("unseen");
    expect(stateOf({ ...own, voice: "opening" }, "ines")).toBe("shown");
  });
});

describe("where a network has no room for a picture", () => {
  const stateOf = (seen: Parameters<typeof pictureOf>[0], who: string) =>
    pictureOf(seen, who, "camera").state;

  it("the others are told that it is its sender's", () => {
    const [ines, jon] = room.participants;
    const participants = [
      { ...ines, rests: true },
      { ...jon, ...person("jon", { camera: false }), rests: true },
    ];
    expect(stateOf({ ...room, participants }, "ines")).toBe("resting");
    expect(stateOf({ ...room, participants }, "jon")).toBe("off");
  });

  it("the others are told so before its sender could, where its way is weak", () => {
    const awaited = told(none("11", "waiting"));
    const lossy = { bars: 1, cause: "loss_up", loss_percent: 60, round_trip_ms: null } as const;
    const participants = [{ ...room.participants[0], connection: lossy }];
    expect(stateOf(awaited, "ines")).toBe("awaited");
    expect(stateOf({ ...awaited, participants }, "ines")).toBe("resting");
    expect(stateOf({ ...told(good("11")), participants }, "ines")).toBe("shown");
  });

  it("its owner is told, while the camera is on", () => {
    const own = { ...room, participants: [person("me")], rests: true };
    expect(stateOf(own, "me")).toBe("withheld");
    expect(stateOf({ ...own, rests: false }, "me")).toBe("off");
    expect(stateOf({ ...own, participants: [person("me", { camera: false })] }, "me")).toBe("off");
  });
});

describe("all pictures", () => {
  it("are paused when nobody who sends one is seen", () => {
    expect(isAllPaused(told(none("11", "network"), none("12", "network")))).toBe(true);
    expect(isAllPaused(told(none("11", "network"), good("12")))).toBe(false);
    expect(isAllPaused(told(none("13", "network")))).toBe(false);
    expect(isAllPaused(room)).toBe(false);
  });

  it("are held back when one of them is smaller or paused, not when nobody wants them", () => {
    expect(isHeldBack(told(good("11"), smaller("12")))).toBe(true);
    expect(isHeldBack(told(good("11"), none("12", "hidden")))).toBe(false);
    expect(isHeldBack({ ...told(smaller("11")), wantsVideo: false })).toBe(false);
  });
});

it("tells the lines of pictures from those of sound, and the taken from the free", () => {
  const { mids, taken } = linesIn(room);
  expect(mids).toEqual(["11", "12", "18"]);
  expect([...taken]).toEqual(["4", "11", "12", "13"]);
});
