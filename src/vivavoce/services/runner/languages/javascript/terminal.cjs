// As on a terminal, a program that has stopped reading its input may end. On a pipe Node.js waits for the pipe's end,
// so that a program that closes its readline would run into the time limit (nodejs/node#32291).
"use strict";
const { get, ...rest } = Object.getOwnPropertyDescriptor(process, "stdin");
let hooked;

Object.defineProperty(process, "stdin", {
  ...rest,
  get() {
    const stdin = get.call(process);
    if (stdin !== hooked && typeof stdin.unref === "function") {
      hooked = stdin;
      stdin.on("pause", () => stdin.unref());
      stdin.on("resume", () => stdin.ref());
    }
    return stdin;
  },
});
