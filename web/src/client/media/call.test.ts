import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Call, type CallState, type PeerPort } from "./call";
import type { Thrift } from "./encoding";

/** A peer whose path the test makes and breaks. */
class FakePeer implements PeerPort {
  static all: FakePeer[] = [];
  state: RTCPeerConnectionState = "new";
  readonly answers: string[] = [];
  readonly sent = new Map<string, unknown>();
  readonly encoded: string[] = [];
  isClosed = false;
  /** A packet goes out each millisecond and one comes back, until then. */
  silentSince: number | null = null;
  isBusy = false;
  lossUp = 0;
  /** What the browser gives the camera's smallest layer. */
  cameraBps = 150_000;

  constructor(readonly onState: (state: RTCPeerConnectionState) => void) {
    FakePeer.all.push(this);
  }

  async offer({ restart = false } = {}) {
    return `${restart ? "restart" : "offer"} ${FakePeer.all.indexOf(this) + 1}`;
  }

  async accept(answer: string) {
    this.answers.push(answer);
  }

  async send(source: string, track: unknown) {
    this.sent.set(source, track);
  }

  async encode(
    source: string,
    layers: readonly string[],
    { framesPerSMax, isCoarse = false, asks = 0 }: Thrift = {},
  ) {
    const thrift = [
      framesPerSMax ?? [],
      isCoarse ? "coarse" : [],
      asks ? `asked ${asks}` : [],
    ].flat();
    this.encoded.push([source, ...layers, ...thrift].join(" "));
  }

  async sendAs(source: string, codec: string) {
    this.encoded.push(`${source} as ${codec}`);
  }

  async limit(source: string, bitsPerS: number) {
    this.encoded.push(`${source} in ${bitsPerS}`);
  }

  received() {
    return new Map();
  }

  sources() {
    return new Map();
  }

  async stats() {
    const entries: [string, object][] = [
      ["sent", this.#sends()],
      ["camera", this.#sendsCamera()],
      ["reported", this.#reported()],
      ["transport", { type: "transport", ...this.#carried() }],
    ];
    return new Map(entries) as unknown as RTCStatsReport;
  }

  #sends() {
    const qualityLimitationReason = this.isBusy ? "cpu" : "none";
    const packetsSent = performance.now() / 20;
    const bytesSent = packetsSent * 100;
    return { type: "outbound-rtp", ssrc: 1, packetsSent, bytesSent, qualityLimitationReason };
  }

  #sendsCamera() {
    return { type: "outbound-rtp", rid: "q", active: true, targetBitrate: this.cameraBps };
  }

  #reported() {
    const timestamp = performance.now();
    return { type: "remote-inbound-rtp", ssrc: 1, timestamp, fractionLost: this.lossUp };
  }

  #carried() {
    const packetsSent = performance.now();
    return { packetsSent, packetsReceived: this.silentSince ?? packetsSent };
  }

  close() {
    this.isClosed = true;
  }

  becomes(state: RTCPeerConnectionState) {
    this.state = state;
    this.onState(state);
  }
}

interface Exchanged {
  readonly offer: string;
  readonly fresh: boolean;
  readonly answer: (sdp: string) => void;
  readonly refuse: () => void;
}

function start() {
  const states: CallState[] = [];
  const reliefs: string[] = [];
  const rests: boolean[] = [];
  const silences: number[] = [];
  const exchanged: Exchanged[] = [];
  const line = { isThere: true };
  const call = new Call({
    role: "candidate",
    hasLine: () => line.isThere,
    exchange: (offer, fresh) =>
      new Promise((answer, reject) => {
        exchanged.push({ offer, fresh, answer, refuse: () => reject(new Error("refused")) });
      }),
    relays: async () => [],
    onState: (state) => states.push(state),
    onSilence: () => silences.push(states.length),
    onTracks: () => {},
    onQuality: () => {},
    onRelief: (relief) => reliefs.push(relief),
    onRest: (isResting) => rests.push(isResting),
    createPeer: ({ onState }) => new FakePeer(onState),
  });
  return { call, states, reliefs, rests, silences, exchanged, line };
}

async function connected() {
  const started = start();
  await started.call.begin();
  await started.call.accept("answer");
  peer().becomes("connected");
  return started;
}

const peer = () => FakePeer.all.at(-1) as FakePeer;
const passes = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  FakePeer.all = [];
});
afterEach(() => void vi.useRealTimers());

describe("the format of a screen", () => {
  it("is the one that the server last named in the present session", async () => {
    const { call, exchanged } = await connected();
    await call.sendAs("screen", "vp9");
    await call.sendAs("camera", "av1");
    expect(peer().encoded).toEqual(["screen as vp9"]);
    call.renew();
    await passes(0);
    await call.sendAs("screen", "av1"); // said of the session before
    exchanged[0]?.answer("answer");
    await passes(0);
    expect(peer().encoded).toEqual([]);
  });

  it("holds when the paths are found anew", async () => {
    const { call } = await connected();
    await call.sendAs("screen", "vp9");
    await call.accept("another answer");
    expect(peer().encoded).toEqual(["screen as vp9", "screen as vp9"]);
  });
});

describe("what a thin network carries", () => {
  it("down to somebody is a voice in fewer bits, as the server says", async () => {
    const { call } = await connected();
    await call.limit("microphone", 16_000);
    await call.limit("camera", 1);
    expect(peer().encoded).toEqual(["microphone in 16000"]);
  });

  it("up from us is a voice in few bits, and neither face nor screen, until it carries more", async () => {
    const { rests } = await connected();
    peer().lossUp = 0.5;
    await passes(10_000);
    expect(peer().encoded).toEqual(["microphone in 6000", "camera", "screen"]);
    expect(rests).toEqual([true]);
    peer().encoded.length = 0;
    peer().lossUp = 0;
    await passes(10_000);
    expect(peer().encoded).toEqual(["microphone in 32000", "camera", "screen"]);
    await passes(10_000);
    expect(peer().encoded.slice(3)).toEqual(["microphone in 32000", "camera q h f", "screen f"]);
    expect(rests).toEqual([true, false]);
  });

  it("is found out anew by another session", async () => {
    const { call, rests } = await connected();
    peer().lossUp = 0.5;
    await passes(10_000);
    call.renew();
    await passes(0);
    expect(rests).toEqual([true, false]);
  });

  it("is not known of another session", async () => {
    const { call } = await connected();
    call.renew();
    await passes(0);
    await call.limit("microphone", 8_000);
    expect(peer().encoded).toEqual([]);
  });
});

describe("a call", () => {
  it("leaves a short gap to ICE", async () => {
    const { exchanged, states } = await connected();
    peer().becomes("disconnected");
    await passes(1_000);
    peer().becomes("connected");
    await passes(60_000);
    expect(exchanged).toEqual([]);
    expect(states).toEqual(["connected", "interrupted", "connected"]);
  });

  it("asks for new paths on the same session when the gap lasts", async () => {
    const { exchanged } = await connected();
    peer().becomes("disconnected");
    await passes(2_000);
    expect(exchanged).toMatchObject([{ offer: "restart 1", fresh: false }]);
    exchanged[0]?.answer("again");
    await passes(0);
    expect(peer().answers).toEqual(["answer", "again"]);
  });

  describe("whose path falls silent though the browser has not seen it", () => {
    const dies = () => {
      peer().silentSince = performance.now();
    };
    const comesBack = () => {
      peer().silentSince = null;
    };

    it("asks for new paths as soon as the line to the server was tried", async () => {
      const { exchanged, states, silences } = await connected();
      dies();
      await passes(2_500);
      expect(states).toEqual(["connected", "interrupted"]);
      expect(silences).toHaveLength(1);
      await passes(1_500);
      expect(exchanged).toMatchObject([{ offer: "restart 1", fresh: false }]);
    });

    it("goes on when the same path comes back", async () => {
      const { exchanged, states } = await connected();
      dies();
      await passes(2_500);
      comesBack();
      await passes(60_000);
      expect(exchanged).toEqual([]);
      expect(states).toEqual(["connected", "interrupted", "connected"]);
    });

    it("takes the answer to its question even if the same path came back meanwhile", async () => {
      const { exchanged, states } = await connected();
      dies();
      await passes(4_000);
      comesBack();
      await passes(500);
      exchanged[0]?.answer("again");
      await passes(60_000);
      expect(peer().answers).toEqual(["answer", "again"]);
      expect(exchanged).toHaveLength(1);
      expect(states).toEqual(["connected", "interrupted", "connected"]);
    });
  });

  it("makes a fresh session when the server refuses the old one, and sends the same in it", async () => {
    const { call, exchanged } = await connected();
    const track = {} as MediaStreamTrack;
    await call.send("microphone", track);
    peer().becomes("failed");
    await passes(0);
    exchanged[0]?.refuse();
    await passes(0);
    expect(exchanged[1]).toMatchObject({ offer: "offer 2", fresh: true });
    expect(FakePeer.all[0]?.isClosed).toBe(true);
    expect(peer().sent.get("microphone")).toBe(track);
  });

  it("makes a fresh session when an answered restart does not help", async () => {
    const { exchanged } = await connected();
    peer().becomes("failed");
    await passes(0);
    exchanged[0]?.answer("again");
    await passes(6_000);
    expect(exchanged[1]).toMatchObject({ fresh: true });
  });

  it("waits for a line, and then mends at once and only once", async () => {
    const { call, exchanged, line } = await connected();
    line.isThere = false;
    peer().becomes("failed");
    await passes(20_000);
    expect(exchanged).toEqual([]);
    line.isThere = true;
    call.hurry();
    await passes(0);
    call.hurry();
    await passes(0);
    expect(exchanged).toMatchObject([{ offer: "restart 1" }]);
    expect(FakePeer.all).toHaveLength(1);
  });

  it("does not hurry before it was ever connected", async () => {
    const { call, exchanged } = start();
    await call.begin();
    call.hurry();
    await passes(1_000);
    expect(exchanged).toEqual([]);
  });

  it("never gives an answer to a session that it was not for", async () => {
    const { call, exchanged } = await connected();
    peer().becomes("failed");
    await passes(0);
    call.renew();
    await passes(0);
    exchanged[0]?.answer("for the old one");
    exchanged[1]?.answer("for the new one");
    await passes(0);
    expect(peer().answers).toEqual(["for the new one"]);
  });

  it("encodes what the server wants of the present session", async () => {
    const { call } = await connected();
    await call.encode("camera", ["q", "h"]);
    expect(peer().encoded).toEqual(["camera q h"]);
  });

  it("sends everything in a fresh session until its answer, whatever was wanted of the one before", async () => {
    const { call, exchanged } = await connected();
    await call.encode("camera", ["q"]);
    call.renew();
    await passes(0);
    await call.encode("camera", ["q"]);
    expect(peer().encoded).toEqual([]);
    exchanged[0]?.answer("fresh");
    await passes(0);
    await call.encode("camera", ["q", "f"]);
    expect(peer().encoded).toEqual(["camera q f"]);
  });

  it("leaves out the largest layer on a busy device, says so, and comes back", async () => {
    const { call, reliefs } = await connected();
    await call.encode("camera", ["q", "f"]);
    peer().isBusy = true;
    await passes(8_000);
    expect(peer().encoded).toEqual(["camera q f", "camera q h"]);
    await call.encode("camera", ["q", "h", "f"]);
    expect(peer().encoded.at(-1)).toBe("camera q h");
    peer().isBusy = false;
    await passes(25_000);
    expect(peer().encoded.at(-1)).toBe("camera q h f");
    expect(reliefs).toEqual(["smaller", "none"]);
  });

  it("leaves it out in a fresh session too, once that is answered", async () => {
    const { call, exchanged } = await connected();
    peer().isBusy = true;
    await passes(60_000);
    call.renew();
    await passes(0);
    expect(peer().encoded).toEqual([]);
    exchanged[0]?.answer("fresh");
    await passes(0);
    expect(peer().encoded).toEqual(["camera q h 12"]);
  });

  it("sends a coarser camera where the network leaves it few bits, and a fine one again later", async () => {
    const { call } = await connected();
    await call.encode("camera", ["q"]);
    peer().cameraBps = 40_000;
    await passes(8_000);
    expect(peer().encoded).toEqual(["camera q", "camera q coarse"]);
    await passes(10_000);
    expect(peer().encoded.at(-1)).toBe("camera q coarse asked 1");
    await call.encode("camera", ["q", "h"]);
    expect(peer().encoded.at(-1)).toBe("camera q h coarse asked 1");
    peer().cameraBps = 150_000;
    await passes(25_000);
    expect(peer().encoded.at(-1)).toBe("camera q h");
  });

  it("gives its session up while sound goes another way, until it is asked for one", async () => {
    const { call, exchanged } = await connected();
    peer().becomes("disconnected");
    call.suspend();
    const given = peer();
    call.hurry();
    await passes(60_000);
    expect(given.isClosed).toBe(true);
    expect(exchanged).toEqual([]);
    call.renew();
    await passes(0);
    expect(exchanged).toMatchObject([{ offer: "offer 2", fresh: true }]);
  });

  it("does nothing after close", async () => {
    const { call, exchanged } = await connected();
    call.close();
    peer().becomes("failed");
    await passes(60_000);
    expect(exchanged).toEqual([]);
  });
});
