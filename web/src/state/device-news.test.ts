import { describe, expect, it } from "vitest";
import type { LocalDevice } from "../client/media";
import { deviceNews } from "./device-news";
import type { DevicesState } from "./devices";
import { NO_DEVICE, NO_DEVICES } from "./devices.fake";

const track = (label: string) => ({ label }) as MediaStreamTrack;
const HEADSET = { id: "h", label: "Headset" };

function devices(microphone: Partial<LocalDevice>): DevicesState {
  return { ...NO_DEVICES, microphone: { ...NO_DEVICE, ...microphone } };
}

describe("news of a device", () => {
  it("is that another one took its place, and which", () => {
    const gone = devices({ lost: HEADSET });
    const replaced = devices({ lost: HEADSET, track: track("Built-in") });
    expect(deviceNews(gone, replaced)).toEqual([
      { is: "replaced", kind: "microphone", lost: "Headset", by: "Built-in" },
    ]);
  });

  it("is that it is back", () => {
    const replaced = devices({ lost: HEADSET, track: track("Built-in") });
    const back = devices({ track: track("Headset") });
    expect(deviceNews(replaced, back)).toEqual([
      { is: "back", kind: "microphone", name: "Headset" },
    ]);
  });

  it("is that it is unplugged, where there is no other", () => {
    const gone = devices({ lost: HEADSET });
    expect(deviceNews(gone, devices({ lost: HEADSET, problem: "missing" }))).toEqual([
      { is: "unusable", kind: "microphone", problem: "unplugged" },
    ]);
    expect(deviceNews(devices({}), devices({ problem: "missing" }))).toMatchObject([
      { problem: "missing" },
    ]);
  });

  it("is none when the person opens, changes or closes one", () => {
    const own = devices({ track: track("a") });
    expect(deviceNews(devices({}), own)).toEqual([]);
    expect(deviceNews(own, devices({ track: track("b") }))).toEqual([]);
    expect(deviceNews(own, devices({}))).toEqual([]);
    const chosenAgain = devices({ track: track("Built-in") });
    expect(deviceNews(devices({ ...chosenAgain.microphone, lost: HEADSET }), chosenAgain)).toEqual(
      [],
    );
  });
});
