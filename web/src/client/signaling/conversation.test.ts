import { describe, expect, it } from "vitest";
import { Conversation, UNACKNOWLEDGED_MAX } from "./conversation";
import type { ServerEnvelope, Welcome } from "./messages";

const welcome = (token = "again"): ServerEnvelope => ({
  seq: 0,
  ack: 0,
  body: { type: "welcome", resume_token: token } as Welcome,
});
const speakers = (seq: number, ack = 0): ServerEnvelope => ({
  seq,
  ack,
  body: { type: "speakers", participants: [] },
});
const chat = (text: string) => ({ type: "send_chat", id: text, text }) as const;

function greeted() {
  const conversation = new Conversation();
  conversation.receive(welcome());
  return conversation;
}

describe("a conversation", () => {
  it("begins with an offer and no resumption", () => {
    const hello = new Conversation().hello({ ticket: "t", offer: "v=0", tracks: {} });
    expect(hello).toEqual({
      seq: 0,
      ack: 0,
      body: { type: "hello", ticket: "t", offer: "v=0", tracks: {}, resume: null },
    });
  });

  it("resumes with the highest number it has seen", () => {
    const conversation = greeted();
    conversation.receive(speakers(1));
    conversation.receive(speakers(2));
    expect(conversation.hello({ ticket: "t2" }).body).toMatchObject({
      resume: { token: "again", seen: 2 },
    });
  });

  it("numbers what it sends and acknowledges what it received", () => {
    const conversation = greeted();
    conversation.receive(speakers(1));
    expect(conversation.send(chat("a"))).toMatchObject({ seq: 1, ack: 1 });
    expect(conversation.send(chat("b"))).toMatchObject({ seq: 2, ack: 1 });
  });

  it("sends again exactly what the server has not seen", () => {
    const conversation = greeted();
    for (const text of ["a", "b", "c"]) conversation.send(chat(text));
    conversation.receive(speakers(1, 1));
    const received = conversation.receive({ seq: 0, ack: 2, body: { type: "resumed", seen: 2 } });
    expect(received).toEqual({
      kind: "resend",
      envelopes: [{ seq: 3, ack: 1, body: chat("c") }],
    });
  });

  it("delivers each number once and notices a gap", () => {
    const conversation = greeted();
    expect(conversation.receive(speakers(1)).kind).toBe("deliver");
    expect(conversation.receive(speakers(1)).kind).toBe("duplicate");
    expect(conversation.receive(speakers(3)).kind).toBe("gap");
    expect(conversation.receive(speakers(2)).kind).toBe("deliver");
  });

  it("delivers unnumbered messages without counting them", () => {
    const conversation = greeted();
    const pong = { seq: 0, ack: 0, body: { type: "pong", sent: 1, server_time: 2 } } as const;
    expect(conversation.receive(pong).kind).toBe("deliver");
    expect(conversation.receive(pong).kind).toBe("deliver");
    expect(conversation.send(chat("a"))).toMatchObject({ ack: 0 });
  });

  it("starts to count anew after a fresh welcome", () => {
    const conversation = greeted();
    conversation.receive(speakers(1));
    conversation.send(chat("old"));
    conversation.receive(welcome("new"));
    expect(conversation.send(chat("a"))).toMatchObject({ seq: 1, ack: 0 });
    expect(conversation.receive(speakers(1)).kind).toBe("deliver");
  });

  it("hands back at a fresh welcome what was never acknowledged", () => {
    const conversation = greeted();
    conversation.send(chat("arrived"));
    conversation.send(chat("lost"));
    conversation.receive(speakers(1, 1));
    conversation.abandon();
    expect(conversation.hello({ ticket: "t", offer: "o" }).body).toMatchObject({ offer: "o" });
    expect(conversation.receive(welcome())).toMatchObject({
      kind: "welcome",
      lost: [chat("lost")],
    });
  });

  it("refuses to keep more than its limit", () => {
    const conversation = greeted();
    for (let i = 0; i < UNACKNOWLEDGED_MAX; i++) conversation.send(chat("x"));
    expect(conversation.send(chat("one too many"))).toBeNull();
  });
});
