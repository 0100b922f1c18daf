// Seeded chaos: real Yjs clients edit together while networks break and the server is killed again and again, sometimes together
// with what the disk had not taken yet.
//
//   node --experimental-websocket chaos.mjs --python PYTHON --directory DIR [--first SEED] [--seeds N] [--parallel N]
//
// A seed decides who takes part, what they do and when what breaks; `--first SEED --seeds 1` plays it again. At the end of
// a seed all copies must be equal, nothing that a page was told is saved may be missing from a server killed once more and
// read by a newcomer, and the server must not have found any copy to differ.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Page, traffic, workspaceText, Y } from "./clients.mjs";

const SETTLE_MS = 60_000;
const LIFE_MS = 10_000;
const URGENT_MS = 500;
const SNIPPETS = ["x", "ab", "\n", "😀", "é", "def f():\n    return 1\n", "𝒳y", "word "];

const { values: options } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    directory: { type: "string" },
    first: { type: "string", default: "1" },
    seeds: { type: "string", default: "200" },
    parallel: { type: "string", default: "12" },
  },
});

/** mulberry32 */
function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  return { below, chance: (p) => next() < p, pick: (list) => list[below(list.length)] };
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function until(condition, what) {
  const deadline = Date.now() + SETTLE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`never happened: ${what()}`);
    await pause(5);
  }
}

/** The server process, and its deaths. */
class Server {
  kills = 0;
  powerCuts = 0;
  #child;
  #lines;
  #chance = random(Number(options.first));
  #up;
  #next;
  #isUrgent = false;

  static async start(rooms, people) {
    const server = new Server();
    const cwd = fileURLToPath(new URL("../../..", import.meta.url));
    const args = ["-m", "tests.chaos.collab.server", "--directory", options.directory];
    args.push("--rooms", `${rooms}`, "--people", `${people}`);
    server.#child = spawn(options.python, args, { cwd, stdio: ["pipe", "pipe", "inherit"] });
    server.#lines = createInterface({ input: server.#child.stdout })[Symbol.asyncIterator]();
    const facts = JSON.parse((await server.#lines.next()).value);
    server.#up = server.#lines.next();
    return Object.assign(server, facts, { base: `http://127.0.0.1:${facts.port}` });
  }

  /** SIGKILL or a power cut after a life of some length; resolved when it serves again. Wishes that come meanwhile share the next one. */
  kill({ soon = false } = {}) {
    this.#isUrgent ||= soon;
    this.#next ??= this.#killNext();
    return this.#next;
  }

  /** A life is measured in frames, so that a slow machine gets as much done in one as a fast one. */
  async #killNext() {
    await this.#up;
    const [bornAt, bornMs] = [traffic.frames, Date.now()];
    const frames = this.#chance.below(this.#chance.chance(0.4) ? 800 : 120);
    const isOver = (frames, ms) => traffic.frames - bornAt >= frames || Date.now() - bornMs >= ms;
    while (!isOver(frames, LIFE_MS) && !(this.#isUrgent && isOver(60, URGENT_MS))) await pause(2);
    this.#next = undefined;
    this.#isUrgent = false;
    this.kills += 1;
    const ms = this.#chance.chance(0.5) ? 0 : this.#chance.below(150);
    const isCut = this.#chance.chance(0.4);
    this.powerCuts += isCut ? 1 : 0;
    this.#child.stdin.write(isCut ? `cut ${ms} ${this.#chance.below(1e9)}\n` : `kill ${ms}\n`);
    this.#up = this.#lines.next();
    await this.#up;
  }

  async stop() {
    await this.#next;
    await this.#up;
    this.#child.stdin.end("stop\n");
    await new Promise((done) => this.#child.once("exit", done));
  }
}

/** One person over all pages they open, and what these were told is saved. */
class Person {
  #count = 0;
  #doing = [];
  /** Key of `board` to the value that was acknowledged; `undefined` for an acknowledged deletion. */
  acknowledged = new Map();

  constructor(name, where, chance) {
    this.name = name;
    this.where = where;
    this.chance = chance;
    this.page = new Page(where);
  }

  /** Change something in the shared text, and something of one's own whose fate can be told. */
  edit() {
    const { doc } = this.page;
    const file = this.#file(doc);
    if (!file) return;
    const key = `${this.name}:${this.chance.chance(0.3) ? this.chance.below(this.#count + 1) : this.#count++}`;
    const value = this.chance.chance(0.15) ? undefined : this.chance.below(1e6);
    doc.transact(() => {
      if (this.chance.chance(0.5)) this.#type(file);
      if (value === undefined) doc.getMap("board").delete(key);
      else doc.getMap("board").set(key, value);
    });
    if (!this.chance.chance(0.5)) this.#type(file);
    this.#doing.push([key, value]);
  }

  #type(file) {
    const at = wholeCharacter(file, this.chance.below(file.length + 1));
    const end = wholeCharacter(file, Math.min(file.length, at + this.chance.below(6)));
    if (this.chance.chance(0.3)) file.delete(at, Math.max(0, end - at));
    else file.insert(at, this.chance.pick(SNIPPETS));
  }

  #file(doc) {
    const files = doc.getMap("files");
    if (this.chance.chance(0.05) && files.size > 0 && files.size < 4) {
      const id = `${this.name}-${this.chance.below(1e9)}`;
      files.set(id, new Y.Map([["name", `${id}.py`], ["order", 2], ["text", new Y.Text("new\n")]]));
    } else if (this.chance.chance(0.02) && files.size > 1) {
      files.delete([...files.keys()].find((id) => id !== "main"));
    }
    const id = this.chance.pick([...files.keys()]);
    return id && files.get(id).get("text");
  }

  /** What the page shows as saved now is promised. */
  note() {
    if (!this.page.isSaved) return false;
    for (const [key, value] of this.#doing) this.acknowledged.set(key, value);
    this.#doing = [];
    return true;
  }

  /** The page is closed the moment it says "saved", and opened empty again. */
  reload() {
    if (!this.note()) return;
    this.page.destroy();
    this.page = new Page(this.where);
  }

  breakSomething() {
    const { network } = this.page;
    const { chance } = this;
    const lag = chance.below(30);
    network.delay = chance.chance(0.5) ? () => 0 : () => chance.below(lag + 1);
    network.linger = chance.chance(0.3) ? () => 400 : () => 0;
    if (chance.chance(0.5)) network.cut();
    network.isOffline = chance.chance(0.3);
    if (network.isOffline) network.cut();
  }

  heal() {
    this.page.network.isOffline = false;
    this.page.network.delay = () => 0;
  }
}

/** The position, or the one before if it is inside a surrogate pair, where no editor puts a cursor. */
function wholeCharacter(file, at) {
  const code = file.toString().charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}

async function play(seed, room, server) {
  const chance = random(seed);
  const where = (person) => ({ base: server.base, origin: server.origin, interview: room.interview, token: person.token });
  const writers = room.people.slice(0, 1 + chance.below(3));
  const people = writers.map((person, i) => new Person(`p${i}`, where(person), chance));
  const steps = 25 + chance.below(40);
  for (let step = 0; step < steps; step++) {
    const person = chance.pick(people);
    for (let i = chance.below(4); i >= 0; i--) person.edit();
    if (chance.chance(0.12)) person.breakSomething();
    if (chance.chance(0.06)) person.heal();
    if (chance.chance(0.1)) person.reload();
    await pause(chance.below(40));
    for (const one of people) one.note();
  }
  await settle(people);
  await judge(people, where(room.people.at(-1)), server);
}

async function settle(people) {
  for (const person of people) person.heal();
  const state = () =>
    people.map(({ page }) => {
      const { synced, isAuthenticated, unsyncedChanges } = page.provider;
      return `${page.socket.status} ${isAuthenticated} ${synced} ${unsyncedChanges} ${fingerprint(page.doc).length} ${page.complaints}`;
    });
  const isSettled = () =>
    people.every((one) => one.note()) && new Set(people.map(({ page }) => fingerprint(page.doc))).size === 1;
  await until(isSettled, () => `all saved and equal; now ${state().join(", ")}`);
}

/** Text, board and what was deleted, whoever holds it. */
function fingerprint(doc) {
  const board = Object.entries(doc.getMap("board").toJSON()).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${workspaceText(doc)}\0${JSON.stringify(board)}`;
}

async function judge(people, where, server) {
  const expected = fingerprint(people[0].page.doc);
  for (const { page } of people) page.destroy(); // nobody is left to heal what the server lost
  await server.kill({ soon: true });
  const newcomer = new Page(where);
  await until(() => newcomer.provider.synced, () => "a newcomer reads the document");
  newcomer.destroy();
  const complaints = people.flatMap(({ page }) => page.complaints);
  if (fingerprint(newcomer.doc) !== expected) throw new Error("a newcomer sees something else");
  if (newcomer.doc.store.pendingStructs) throw new Error("the server's state has a gap");
  if (complaints.length) throw new Error(`the server complained: ${complaints[0]}`);
  const board = newcomer.doc.getMap("board");
  for (const [key, value] of people.flatMap((one) => [...one.acknowledged])) {
    if (board.get(key) !== value) throw new Error(`acknowledged and lost: ${key} = ${value}, is ${board.get(key)}`);
  }
}

async function killAgainAndAgain(server, isOver) {
  while (!isOver()) await server.kill();
}

async function main() {
  const first = Number(options.first);
  const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => first + i);
  const server = await Server.start(seeds.length, 4);
  const failures = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < seeds.length; i = next++) {
      await play(seeds[i], server.rooms[i], server).catch((error) => failures.push([seeds[i], error]));
    }
  };
  let isOver = false;
  const killer = killAgainAndAgain(server, () => isOver);
  await Promise.all(Array.from({ length: Number(options.parallel) }, worker));
  isOver = true;
  await killer;
  await server.stop();
  for (const [seed, error] of failures) console.log(`seed ${seed}: ${error.message}`);
  console.log(`${seeds.length - failures.length} passed, ${failures.length} failed`);
  console.log(
    `seeds ${first} to ${seeds.at(-1)}, ${server.kills} times kill -9, ${server.powerCuts} of them with a power cut, ${traffic.lateConnects} late connects`,
  );
  process.exit(failures.length ? 1 : 0);
}

await main();
