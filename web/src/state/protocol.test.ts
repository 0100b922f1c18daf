/** The golden frames of `protocol/fixtures/signaling`, which the server's tests read too. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Conversation } from "../client/signaling/conversation";
import type { ClientEnvelope, ServerEnvelope } from "../client/signaling/messages";
import { emptyRoom, reduce } from "./room";

const FOLDER = "../protocol/fixtures/signaling/";

interface Fixture<Frame> {
  readonly says: string;
  readonly direction: "client" | "server";
  readonly valid: boolean;
  readonly frame: Frame;
}

function fixtures<Frame>(direction: Fixture<Frame>["direction"]) {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .map((name) => [name, JSON.parse(readFileSync(FOLDER + name, "utf8"))] as const)
    .filter(([, fixture]) => fixture.direction === direction && fixture.valid)
    .map(([name, fixture]) => [name, fixture as Fixture<Frame>] as const);
}

/** A conversation that has sent and received so much. */
function conversationAt(sent: number, received: number): Conversation {
  const conversation = new Conversation();
  const welcome = { type: "welcome", resume_token: "q9wZk3vXv0v0mB2j1rO8n5" };
  conversation.receive({ seq: 0, ack: 0, body: welcome } as ServerEnvelope);
  for (let seq = 1; seq <= received; seq++) {
    conversation.receive({ seq, ack: sent, body: { type: "speakers", participants: [] } });
  }
  for (let seq = 1; seq <= sent; seq++) conversation.send({ type: "leave" });
  return conversation;
}

function written(frame: ClientEnvelope): ClientEnvelope | null {
  const { seq, ack, body } = frame;
  if (body.type !== "hello") {
    const conversation = conversationAt(Math.max(0, seq - 1), ack);
    return seq === 0 ? conversation.once(body) : conversation.send(body);
  }
  const { ticket, offer = null, tracks = null } = body;
  const conversation = body.resume ? conversationAt(0, ack) : new Conversation();
  return conversation.hello({ ticket, offer, tracks });
}

describe("what we send", () => {
  it.each(fixtures<ClientEnvelope>("client"))("is as in %s", (_, { frame }) => {
    const { resume = null } = frame.body as { resume?: unknown };
    const expected = frame.body.type === "hello" ? { ...frame.body, resume } : frame.body;
    expect(written(frame)).toMatchObject({ ...frame, body: expected });
  });
});

describe("what the server sends", () => {
  const room = emptyRoom("me", { id: "i", title: "T", state: "scheduled" });

  it.each(fixtures<ServerEnvelope>("server"))("%s is understood", (_, { frame }) => {
    const received = conversationAt(0, Math.max(0, frame.seq - 1)).receive(frame);
    expect(["welcome", "deliver", "resend"]).toContain(received.kind);
    expect(reduce(room, frame.body, 0).participants).toBeDefined();
  });
});

it("reads a fair number of frames", () => {
  expect(fixtures("client").length).toBeGreaterThan(8);
  expect(fixtures("server").length).toBeGreaterThan(12);
});
