import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LocalMedia, type LocalState } from "./local";

/** A track that the test can end, as pulling its device out does. */
class FakeTrack extends EventTarget {
  contentHint = "";
  isStopped = false;

  constructor(
    readonly kind: "audio" | "video",
    readonly id: string,
    readonly label: string,
  ) {
    super();
  }

  getSettings() {
    return { deviceId: this.id };
  }

  stop() {
    this.isStopped = true;
  }
}

type Plugged = { readonly kind: "audioinput" | "videoinput"; readonly deviceId: string };

/** A machine with devices that come and go. */
class FakeDevices extends EventTarget {
  plugged: Plugged[] = [];
  opened: FakeTrack[] = [];
  picker: Promise<FakeTrack[]> = Promise.resolve([]);

  async enumerateDevices() {
    return this.plugged.map((each) => ({ ...each, label: each.deviceId }));
  }

  async getUserMedia({ audio, video }: MediaStreamConstraints) {
    const kind = audio ? "audioinput" : "videoinput";
    const wish = (audio || video) as { deviceId?: { ideal: string } };
    const all = this.plugged.filter((each) => each.kind === kind);
    const found = all.find(({ deviceId }) => deviceId === wish.deviceId?.ideal) ?? all[0];
    if (!found) throw Object.assign(new Error(), { name: "NotFoundError" });
    const track = new FakeTrack(audio ? "audio" : "video", found.deviceId, found.deviceId);
    this.opened.push(track);
    return streamOf([track]);
  }

  async getDisplayMedia() {
    return streamOf(await this.picker);
  }

  plug(...plugged: Plugged[]) {
    this.plugged = plugged;
    this.dispatchEvent(new Event("devicechange"));
  }
}

const streamOf = (tracks: FakeTrack[]) => ({
  getTracks: () => tracks,
  getVideoTracks: () => tracks.filter(({ kind }) => kind === "video"),
  getAudioTracks: () => tracks.filter(({ kind }) => kind === "audio"),
});

const BUILT_IN: Plugged = { kind: "audioinput", deviceId: "built-in" };
const HEADSET: Plugged = { kind: "audioinput", deviceId: "headset" };

let machine: FakeDevices;
let media: LocalMedia;
let states: LocalState[];

beforeEach(() => {
  machine = new FakeDevices();
  machine.plugged = [BUILT_IN, HEADSET];
  vi.stubGlobal("navigator", { mediaDevices: machine });
  states = [];
  media = new LocalMedia((state) => states.push(state));
});

afterEach(() => vi.unstubAllGlobals());

const microphone = () => media.state.microphone;
const label = () => microphone().track?.label;

/** As when somebody pulls the cable. */
function unplug(id: string) {
  machine.plugged = machine.plugged.filter(({ deviceId }) => deviceId !== id);
  machine.opened.findLast((track) => track.id === id)?.dispatchEvent(new Event("ended"));
}

describe("a device that is pulled out", () => {
  it("is replaced by another one, and taken up again when it is back", async () => {
    await media.open("microphone", "headset");
    unplug("headset");
    await vi.waitFor(() => expect(label()).toBe("built-in"));
    expect(microphone().lost).toEqual({ id: "headset", label: "headset" });
    machine.plug(BUILT_IN, HEADSET);
    await vi.waitFor(() => expect(label()).toBe("headset"));
    expect(microphone()).toMatchObject({ lost: null, chosen: "headset" });
    expect(machine.opened.filter(({ isStopped }) => !isStopped)).toHaveLength(1);
  });

  it("is missed where there is no other, and taken up again all the same", async () => {
    machine.plugged = [HEADSET];
    await media.open("microphone", "headset");
    unplug("headset");
    await vi.waitFor(() => expect(microphone().problem).toBe("missing"));
    machine.plug(HEADSET);
    await vi.waitFor(() => expect(label()).toBe("headset"));
    expect(microphone().problem).toBeNull();
  });

  it("is forgotten when the person chooses another one", async () => {
    await media.open("microphone", "headset");
    unplug("headset");
    await vi.waitFor(() => expect(label()).toBe("built-in"));
    await media.open("microphone", "built-in");
    machine.plug(BUILT_IN, HEADSET);
    await vi.waitFor(() => expect(microphone().choices).toHaveLength(2));
    expect(label()).toBe("built-in");
  });

  it("does not switch on a camera that was switched off meanwhile", async () => {
    const webcam: Plugged = { kind: "videoinput", deviceId: "webcam" };
    const laptop: Plugged = { kind: "videoinput", deviceId: "laptop" };
    machine.plugged = [laptop, webcam];
    await media.open("camera", "webcam");
    unplug("webcam");
    await vi.waitFor(() => expect(media.state.camera.track?.label).toBe("laptop"));
    media.close("camera");
    machine.plug(laptop, webcam);
    await vi.waitFor(() => expect(media.state.camera.chosen).toBe("webcam"));
    expect(media.state.camera.track).toBeNull();
  });
});

describe("another device that is plugged in", () => {
  it("is a choice and changes nothing else", async () => {
    machine.plugged = [BUILT_IN];
    await media.open("microphone");
    machine.plug(BUILT_IN, HEADSET);
    await vi.waitFor(() => expect(microphone().choices).toHaveLength(2));
    expect(label()).toBe("built-in");
  });
});

describe("a screen", () => {
  const screen = () => new FakeTrack("video", "s", "screen");

  it("is shared sharp, with its sound, until the browser's own button ends it", async () => {
    const [picture, sound] = [screen(), new FakeTrack("audio", "a", "tab")];
    machine.picker = Promise.resolve([picture, sound]);
    expect(await media.openScreen()).toBe(true);
    expect(media.state).toMatchObject({ screen: picture, screenAudio: sound });
    expect(picture.contentHint).toBe("detail");
    picture.dispatchEvent(new Event("ended"));
    expect(media.state).toMatchObject({ screen: null, screenAudio: null });
    expect(sound.isStopped).toBe(true);
  });

  it("is not shared when the picker is cancelled, and what is shared goes on", async () => {
    const first = screen();
    machine.picker = Promise.resolve([first]);
    await media.openScreen();
    machine.picker = Promise.reject(Object.assign(new Error(), { name: "NotAllowedError" }));
    expect(await media.openScreen()).toBe(false);
    expect(media.state.screen).toBe(first);
    expect(first.isStopped).toBe(false);
  });

  it("is asked for once at a time", async () => {
    let choose: (tracks: FakeTrack[]) => void = () => {};
    machine.picker = new Promise((resolve) => {
      choose = resolve;
    });
    const first = media.openScreen();
    expect(await media.openScreen()).toBe(false);
    choose([screen()]);
    expect(await first).toBe(true);
  });

  it("that is chosen after the person left is not kept", async () => {
    const late = screen();
    let choose: (tracks: FakeTrack[]) => void = () => {};
    machine.picker = new Promise((resolve) => {
      choose = resolve;
    });
    const asked = media.openScreen();
    media.closeAll();
    choose([late]);
    expect(await asked).toBe(false);
    expect(late.isStopped).toBe(true);
    expect(media.state.screen).toBeNull();
  });
});
