/** The server's side of the wire by hand, for tests: no network, no clock. */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import * as Y from "yjs";

export const SYNC = 0;
export const AUTH = 2;
const SYNC_STATUS = 8;

/**
 * One document's server side: it answers the handshake at once, and confirms when told to. As
 * `protocol/collab.md` says, each update earns one confirmation, and an answer one for each question of the browser before it.
 */
export class ServerEnd {
  static latest: ServerEnd;
  /** Whether it leaves its question for edits to the test. */
  static isSilent = false;
  readonly doc = new Y.Doc();
  readonly updates: Uint8Array[] = [];
  readonly types: number[] = [];
  unconfirmed = 0;
  /** What the browser's next answer earns. */
  private owed = 0;

  constructor(
    readonly name: string,
    readonly send: (frame: Uint8Array) => void,
  ) {
    ServerEnd.latest = this;
  }

  /** `decoder` stands behind the document's name. */
  receive(decoder: decoding.Decoder): void {
    const type = decoding.readVarUint(decoder);
    this.types.push(type);
    if (type === AUTH) this.reply(AUTH, writeAuthenticated);
    if (type === SYNC) this.sync(decoder);
  }

  askForEdits(): void {
    this.reply(SYNC, (out) => writeStep(out, 0, Y.encodeStateVector(this.doc)));
  }

  confirmOne(isApplied = true): void {
    this.unconfirmed -= 1;
    this.reply(SYNC_STATUS, (out) => encoding.writeVarInt(out, isApplied ? 1 : 0));
  }

  confirmAll(): void {
    while (this.unconfirmed > 0) this.confirmOne();
  }

  private sync(decoder: decoding.Decoder): void {
    const step = decoding.readVarUint(decoder);
    const payload = decoding.readVarUint8Array(decoder);
    if (step === 0) {
      this.owed += 1;
      this.reply(SYNC, (out) => writeStep(out, 1, Y.encodeStateAsUpdate(this.doc, payload)));
      if (!ServerEnd.isSilent) this.askForEdits();
      return;
    }
    Y.applyUpdate(this.doc, payload);
    if (step === 2) this.updates.push(payload);
    this.unconfirmed += step === 2 ? 1 : this.owed;
    if (step === 1) this.owed = 0;
  }

  private reply(type: number, write: (out: encoding.Encoder) => void): void {
    const out = encoding.createEncoder();
    encoding.writeVarString(out, this.name);
    encoding.writeVarUint(out, type);
    write(out);
    this.send(encoding.toUint8Array(out));
  }
}

function writeAuthenticated(out: encoding.Encoder): void {
  encoding.writeVarUint(out, 2);
  encoding.writeVarString(out, "read-write");
}

function writeStep(out: encoding.Encoder, step: number, payload: Uint8Array): void {
  encoding.writeVarUint(out, step);
  encoding.writeVarUint8Array(out, payload);
}

/** A WebSocket whose other end are {@link ServerEnd}s, one a document; frames arrive in later turns, in order. */
export class Wire extends EventTarget {
  static isNetworkUp = true;
  static latest: Wire;
  /** How many sockets were opened. */
  static count = 0;
  binaryType = "blob";
  readyState = 0;
  identifier = 0;
  readonly ends = new Map<string, ServerEnd>();

  constructor(readonly url: string) {
    super();
    Wire.latest = this;
    Wire.count += 1;
    this.later(() => {
      if (!Wire.isNetworkUp) return this.drop();
      this.readyState = 1;
      this.dispatchEvent(new Event("open"));
    });
  }

  send(frame: Uint8Array): void {
    const decoder = decoding.createDecoder(frame.slice());
    this.later(() => this.endOf(decoding.readVarString(decoder)).receive(decoder));
  }

  close(): void {
    this.drop();
  }

  drop(code = 1006): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason: "" }));
  }

  private endOf(name: string): ServerEnd {
    const known = this.ends.get(name);
    if (known) return known;
    const end = new ServerEnd(name, (frame) => this.later(() => this.arrive(frame)));
    this.ends.set(name, end);
    return end;
  }

  private arrive(frame: Uint8Array): void {
    const data = frame.slice().buffer;
    if (this.readyState === 1) this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }

  private later(act: () => void): void {
    setImmediate(act);
  }
}

/** Waits for something that other turns bring about. */
export async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 8_000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error("it did not come to pass within 8 s");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
