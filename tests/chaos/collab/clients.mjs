// Pages of people: the stock Yjs provider over a WebSocket whose network can be made bad. Knows no test.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../../web/package.json", import.meta.url));
export const Y = require("yjs");
const { HocuspocusProvider, HocuspocusProviderWebsocket } = require("@hocuspocus/provider");

/** What one page's network does to its sockets. */
export class Network {
  live = new Set();
  isOffline = false;
  /** Milliseconds that each message takes, in order, each way. */
  delay = () => 0;
  /** Milliseconds that the server goes on believing in a cut connection. */
  linger = () => 0;

  constructor(origin) {
    this.origin = origin;
  }

  cut() {
    for (const socket of [...this.live]) socket.cut();
  }
}

/** How much all servers have said to all pages. */
export const traffic = { frames: 0, lateConnects: 0 };

/** A network gives up on a connection at last; Node's experimental WebSocket alone never does. */
const CONNECT_MS = 5_000;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** A WebSocket class bound to a network: delayed in order both ways, cut with everything under way lost. */
function badSocketClass(network) {
  return class BadSocket extends EventTarget {
    #real;
    #inbox = Promise.resolve();
    #outbox = Promise.resolve();
    binaryType = "arraybuffer";

    constructor(url) {
      super();
      network.live.add(this);
      if (network.isOffline) {
        queueMicrotask(() => this.#fail());
        return;
      }
      this.#real = new WebSocket(url, { headers: { origin: network.origin } });
      this.#real.binaryType = "arraybuffer";
      const late = setTimeout(() => this.#giveUp(), CONNECT_MS);
      this.#real.addEventListener("open", () => {
        clearTimeout(late);
        if (this.#isLive) this.dispatchEvent(new Event("open"));
      });
      this.#real.addEventListener("message", ({ data }) => this.#receive(data));
      this.#real.addEventListener("error", () => this.#fail());
      this.#real.addEventListener("close", ({ code, reason }) => this.#closed(code, reason));
    }

    get #isLive() {
      return network.live.has(this);
    }

    get readyState() {
      return this.#isLive && this.#real ? this.#real.readyState : 3;
    }

    send(data) {
      this.#outbox = this.#outbox
        .then(() => pauseIf(network.delay()))
        .then(() => this.#isLive && this.#real.readyState === 1 && this.#real.send(data));
    }

    close() {
      this.#real?.close();
      this.#closed(1000, "");
    }

    cut() {
      this.#closed(1006, "cut");
      setTimeout(() => this.#real?.close(), network.linger());
    }

    #receive(data) {
      traffic.frames += 1;
      this.#inbox = this.#inbox
        .then(() => pauseIf(network.delay()))
        .then(() => this.#isLive && this.dispatchEvent(new MessageEvent("message", { data })));
    }

    #closed(code, reason) {
      if (network.live.delete(this)) {
        this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
      }
    }

    #giveUp() {
      if (!this.#isLive) return;
      traffic.lateConnects += 1;
      this.#fail();
    }

    #fail() {
      if (this.#isLive) this.dispatchEvent(Object.assign(new Event("error"), { message: "refused" }));
      this.#closed(1006, "refused");
    }
  };
}

const pauseIf = (ms) => (ms > 0 ? pause(ms) : undefined);

/** One person's page: a socket, and a document on it. */
export class Page {
  doc = new Y.Doc();
  /** What the server said that a page must never hear while nobody misbehaves. */
  complaints = [];

  constructor({ base, interview, token, origin, name = "workspace" }) {
    this.network = new Network(origin);
    this.socket = new HocuspocusProviderWebsocket({
      url: `${base.replace("http", "ws")}/api/rooms/${interview}/collab`,
      WebSocketPolyfill: badSocketClass(this.network),
      delay: 20,
      minDelay: 10,
      maxDelay: 150,
      factor: 1.5,
    });
    this.provider = new HocuspocusProvider({
      websocketProvider: this.socket,
      name,
      document: this.doc,
      token: () => ticket(base, interview, token),
      // The ticket could not be had or was late: try again on a new socket, as the web client does.
      onAuthenticationFailed: () => this.socket.webSocket?.close(),
      onStateless: ({ payload }) => this.complaints.push(payload),
    });
    this.provider.attach();
  }

  /** Whether every change of this page has been acknowledged. */
  get isSaved() {
    const { synced, isAuthenticated, unsyncedChanges } = this.provider;
    return synced && isAuthenticated && unsyncedChanges === 0;
  }

  destroy() {
    this.provider.destroy();
    this.socket.destroy();
  }
}

async function ticket(base, interview, token) {
  try {
    const answer = await fetch(`${base}/api/rooms/${interview}/collab/ticket`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
    });
    return (await answer.json()).ticket ?? "";
  } catch {
    return "";
  }
}

/** The canonical text of `protocol/collab.md`. */
export function workspaceText(doc) {
  const files = doc.getMap("files");
  const text = (value) => (typeof value === "string" || value instanceof Y.Text ? value.toString() : "");
  return [...files.keys()]
    .sort()
    .map((id) => `${id}\0${text(files.get(id).get("name"))}\0${text(files.get(id).get("text"))}\0`)
    .join("");
}
