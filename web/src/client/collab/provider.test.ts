import { HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { afterEach, describe, expect, it } from "vitest";
import * as Y from "yjs";
import { DocumentProvider } from "./provider";
import { AUTH, ServerEnd, until, Wire } from "./wire.fake";

const NAME = "workspace";

const opened: { destroy(): void }[] = [];

function connect(getTicket = async () => "ticket") {
  const doc = new Y.Doc();
  const socket = new HocuspocusProviderWebsocket({
    url: "ws://vivavoce.test/collab",
    WebSocketPolyfill: Wire,
    ...{ delay: 1, minDelay: 1, maxDelay: 2 },
  });
  const provider = new DocumentProvider({
    name: NAME,
    document: doc,
    socket,
    getTicket,
    onAccount: () => undefined,
    onScope: () => undefined,
    onNoTicket: () => undefined,
    onDenied: () => undefined,
    onStateless: () => undefined,
  });
  provider.attach();
  opened.push(provider, socket);
  return { doc, provider, text: doc.getText("text") };
}

const isSettled = ({ provider: { account } }: ReturnType<typeof connect>) =>
  account.synced && account.live && account.outstanding === 0;

async function settled() {
  const page = connect();
  await until(() => ServerEnd.latest?.unconfirmed === 1 && page.provider.account.live);
  ServerEnd.latest.confirmOne();
  await until(() => isSettled(page));
  return page;
}

describe("a document's account with the server", () => {
  afterEach(() => {
    Wire.isNetworkUp = true;
    ServerEnd.isSilent = false;
    for (const one of opened.splice(0)) one.destroy();
  });

  it("is settled only after the handshake's own edits are confirmed", async () => {
    const page = connect();
    await until(() => page.provider.account.live && ServerEnd.latest.unconfirmed === 1);
    expect(page.provider.account.outstanding).toBe(1);
    ServerEnd.latest.confirmOne();
    await until(() => isSettled(page));
    expect(page.provider.account.readOnly).toBe(false);
  });

  it("owes each edit until that very edit is confirmed", async () => {
    const page = await settled();
    page.text.insert(0, "a");
    page.text.insert(1, "b");
    await until(() => ServerEnd.latest.unconfirmed === 2);
    expect(page.provider.account.outstanding).toBe(2);
    ServerEnd.latest.confirmOne();
    await until(() => page.provider.account.outstanding === 1);
    ServerEnd.latest.confirmOne();
    await until(() => isSettled(page));
  });

  it("owes nothing more for the answer to a second question of the server", async () => {
    const page = await settled();
    page.text.insert(0, "a");
    ServerEnd.latest.askForEdits();
    await until(() => ServerEnd.latest.unconfirmed === 1);
    expect(isSettled(page)).toBe(false);
    ServerEnd.latest.confirmOne();
    await until(() => isSettled(page));
  });

  it("sends what was typed offline once, in the handshake, not edit by edit", async () => {
    const page = await settled();
    Wire.isNetworkUp = false;
    const before = ServerEnd.latest;
    Wire.latest.drop();
    for (let at = 0; at < 50; at += 1) page.text.insert(at, "x");
    expect(isSettled(page)).toBe(false);
    Wire.isNetworkUp = true;
    await until(() => ServerEnd.latest !== before && ServerEnd.latest.unconfirmed > 0);
    await until(() => ServerEnd.latest.doc.getText("text").length === 50);
    expect(ServerEnd.latest.updates).toHaveLength(0);
    expect(ServerEnd.latest.unconfirmed).toBe(1);
    ServerEnd.latest.confirmOne();
    await until(() => isSettled(page));
  });

  it("remembers that the server refused an edit", async () => {
    const page = await settled();
    page.text.insert(0, "a");
    await until(() => ServerEnd.latest.unconfirmed === 1);
    ServerEnd.latest.confirmOne(false);
    await until(() => page.provider.account.refused);
  });

  it("does not send an edit before the server asks for any", async () => {
    ServerEnd.isSilent = true;
    const page = connect();
    await until(() => page.provider.account.synced);
    page.text.insert(0, "early");
    expect(page.provider.account.outstanding).toBe(0);
    ServerEnd.latest.askForEdits();
    await until(() => ServerEnd.latest.doc.getText("text").toString() === "early");
    expect(ServerEnd.latest.updates).toHaveLength(0);
    expect(isSettled(page)).toBe(false);
  });

  it("says nothing before it has shown its ticket", async () => {
    let hand: (ticket: string) => void = () => undefined;
    let asked = false;
    const page = connect(() => {
      asked = true;
      return new Promise((resolve) => {
        hand = resolve;
      });
    });
    await until(() => asked);
    page.provider.setAwarenessField("cursor", 1);
    page.text.insert(0, "early");
    hand("ticket");
    await until(() => page.provider.account.live);
    expect(ServerEnd.latest.types[0]).toBe(AUTH);
  });

  it("throws a ticket away that comes after its socket has gone", async () => {
    const hands: ((ticket: string) => void)[] = [];
    const page = connect(() => new Promise((resolve) => hands.push(resolve)));
    await until(() => hands.length === 1);
    Wire.latest.drop();
    await until(() => hands.length === 2);
    hands[0]?.("stale");
    hands[1]?.("fresh");
    await until(() => page.provider.account.live);
    expect(ServerEnd.latest.types.filter((type) => type === AUTH)).toHaveLength(1);
  });
});
