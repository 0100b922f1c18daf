import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Collab, createCollab } from "./collab";
import { until, Wire } from "./wire.fake";

const CLOSE_INVALID = 4400;
const CLOSE_ENDED = 4410;
const opened: Collab[] = [];

beforeAll(() => {
  Object.assign(globalThis, { WebSocket: Wire });
});

function open(): Collab {
  const collab = createCollab({
    url: "ws://vivavoce.test/collab",
    interview: "itv_1",
    participant: "par_1",
    getTicket: async () => "ticket",
  });
  opened.push(collab);
  return collab;
}

const ends = () => [...Wire.latest.ends.values()];
const confirmAll = () => ends().forEach((end) => void end.confirmAll());
const textOf = (collab: Collab) => collab.store.getState().brief.doc.getText("text");

async function saved(): Promise<Collab> {
  const collab = open();
  await until(() => {
    confirmAll();
    return collab.store.getState().saving === "saved";
  });
  return collab;
}

describe("the shared documents of a room", () => {
  afterEach(() => {
    vi.useRealTimers();
    Wire.isNetworkUp = true;
    for (const collab of opened.splice(0)) collab.destroy();
  });

  it("are saved when the server has confirmed every document, not before", async () => {
    const collab = open();
    await until(() => ends().length === 2 && ends().every((end) => end.unconfirmed === 1));
    expect(collab.store.getState().saving).not.toBe("saved");
    ends()[0]?.confirmAll();
    await new Promise((resolve) => setImmediate(resolve));
    expect(collab.store.getState().saving).not.toBe("saved");
    ends()[1]?.confirmAll();
    await until(() => collab.store.getState().saving === "saved");
  });

  it("say so while an edit is on its way, and when the line is gone", async () => {
    const collab = await saved();
    textOf(collab).insert(0, "a");
    expect(collab.store.getState().saving).toBe("saving");
    Wire.isNetworkUp = false;
    Wire.latest.drop();
    // There is no IndexedDB here, so nothing may be promised.
    expect(collab.store.getState()).toMatchObject({ saving: "unsafe", connection: "reconnecting" });
  });

  it("come back by themselves with what was typed meanwhile", async () => {
    const collab = await saved();
    Wire.latest.drop();
    textOf(collab).insert(0, "typed offline");
    await until(() => {
      confirmAll();
      return collab.store.getState().saving === "saved";
    });
    expect(Wire.latest.ends.get("brief")?.doc.getText("text").toString()).toBe("typed offline");
  });

  it("hand back an edit that the server turns away again and again", async () => {
    const collab = await saved();
    const before = collab.store.getState().brief.doc;
    textOf(collab).insert(0, "cannot be taken");
    for (let rejected = 0; rejected < 3; rejected += 1) {
      const count = Wire.count;
      Wire.latest.drop(CLOSE_INVALID);
      await until(() => Wire.count > count && Wire.latest.readyState === 1);
    }
    await until(() => collab.store.getState().rescued !== null);
    const { rescued, brief, workspace } = collab.store.getState();
    expect(rescued).toMatchObject({ document: "brief", reason: "refused" });
    expect(rescued?.files).toMatchObject([{ text: "cannot be taken" }]);
    expect(brief.doc).not.toBe(before);
    expect(workspace.doc.isDestroyed).toBe(false);
    collab.dismissRescued();
    expect(collab.store.getState().rescued).toBeNull();
  });

  it("do not come back after the interview has ended, and can no longer be written", async () => {
    const collab = await saved();
    const count = Wire.count;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    Wire.latest.drop(CLOSE_ENDED);
    expect(collab.store.getState()).toMatchObject({ connection: "closed", saving: "saved" });
    expect(collab.store.getState().workspace.isReadOnly).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Wire.count).toBe(count);
  });
});
