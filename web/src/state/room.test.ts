import { describe, expect, it } from "vitest";
import type { Participant, ServerBody, SlotQuality, Welcome } from "../client/signaling";
import { emptyRoom, reduce, trackOf } from "./room";

const NOW = 1_000;

const person = (id: string, part: Partial<Participant> = {}): Participant => ({
  id,
  name: id,
  role: "candidate",
  color: "#123456",
  tracks: { microphone: true, camera: true, screen: false },
  connected: true,
  connection: null,
  path: "webrtc",
  rests: false,
  joined_at: 0,
  ...part,
});

const welcome = (part: Partial<Welcome> = {}): Welcome => ({
  type: "welcome",
  you: "me",
  rights: ["write_chat"],
  interview: { id: "i", title: "T", state: "live", started_at: 5, ended_at: null },
  participants: [person("me", { joined_at: 2 }), person("ines", { joined_at: 1 })],
  slots: [],
  chat: [],
  answer: "v=0",
  media_error: null,
  offer_needed: false,
  resume_token: "r",
  server_time: 1_500,
  ...part,
});

const room = emptyRoom("me", { id: "i", title: "T", state: "scheduled" });
const roomAfter = (...messages: ServerBody[]) =>
  messages.reduce((state, message) => reduce(state, message, NOW), room);

describe("the room", () => {
  it("is as the welcome says, people in the order in which they came", () => {
    const state = roomAfter(welcome());
    expect(state.participants.map(({ id }) => id)).toEqual(["ines", "me"]);
    expect(state.rights.has("write_chat")).toBe(true);
    expect(state.clockOffsetMs).toBe(500);
  });

  it("keeps one entry a person, whatever is told twice", () => {
    const state = roomAfter(
      welcome(),
      { type: "joined", participant: person("ines", { joined_at: 1 }) },
      { type: "updated", participant: person("ines", { joined_at: 1, connected: false }) },
    );
    expect(state.participants.map(({ id, connected }) => [id, connected])).toEqual([
      ["ines", false],
      ["me", true],
    ]);
  });

  it("forgets who left", () => {
    const state = roomAfter(welcome(), { type: "left", participant: "ines", reason: "left" });
    expect(state.participants.map(({ id }) => id)).toEqual(["me"]);
  });

  it("starts anew with a second welcome", () => {
    const line = { id: "1", participant: "ines", name: "ines", text: "hi", at: 1 };
    const state = roomAfter(welcome(), { type: "chat", line }, welcome({ chat: [line] }));
    expect(state.chat).toEqual([line]);
  });

  it("waits with what we said until the server repeats it", () => {
    const waiting = {
      ...roomAfter(welcome()),
      outgoing: ["1", "2"].map((id) => ({ id, text: id })),
    };
    const line = { id: "me/1", participant: "me", name: "me", text: "1", at: 1 };
    const said = reduce(waiting, { type: "chat", line }, NOW);
    expect(said.outgoing.map(({ id }) => id)).toEqual(["2"]);
    expect(reduce(said, welcome({ chat: [{ ...line, id: "me/2" }] }), NOW).outgoing).toEqual([]);
  });

  it("knows what the server says of the pictures, and nothing of it after a new welcome", () => {
    const slots: SlotQuality[] = [{ mid: "11", layer: null, reason: "network" }];
    const told = { type: "quality", slots } as const;
    expect(roomAfter(welcome(), told).pictures).toEqual(slots);
    expect(roomAfter(welcome(), told, welcome()).pictures).toEqual([]);
  });

  it("remembers where the server's media are, which only an answer tells", () => {
    const answer = "v=0\r\na=candidate:1 1 udp 1 192.0.2.1 7882 typ host\r\n";
    const doors = [{ protocol: "UDP", host: "192.0.2.1", port: 7882 }];
    expect(roomAfter(welcome({ answer })).doors).toEqual(doors);
    expect(roomAfter(welcome({ answer }), welcome({ answer: null })).doors).toEqual(doors);
  });

  it("follows rights and times when the interview changes", () => {
    const interview = { id: "i", title: "T", state: "ended", started_at: 5, ended_at: 9 } as const;
    const state = roomAfter(welcome(), { type: "interview_changed", interview, rights: [] });
    expect(state.rights.size).toBe(0);
    expect(state.interview.ended_at).toBe(9);
  });
});

describe("a person's track", () => {
  const track = {} as MediaStreamTrack;
  const slots = [
    { mid: "4", source: "microphone", participant: "ines" },
    { mid: "11", source: "camera", participant: "ines" },
    { mid: "12", source: "camera", participant: null },
  ] as const;
  const tracks = new Map([["11", track]]);

  it("is that of the slot with this person and source", () => {
    expect(trackOf({ slots, tracks }, "ines", "camera")).toBe(track);
  });

  it("is nothing without a slot or without a receiver", () => {
    expect(trackOf({ slots, tracks }, "ines", "microphone")).toBeNull();
    expect(trackOf({ slots, tracks }, "caro", "camera")).toBeNull();
  });
});
