/** What is wrong with a device, and what to do about it. */
import type { DeviceProblem } from "../../client/media";

export interface Advice {
  readonly title: string;
  readonly steps: readonly string[];
}

export const ADVICE: Readonly<Record<DeviceProblem, Advice>> = {
  refused: {
    title: "blocked by the browser",
    steps: [
      "Click the symbol left of the address and choose Allow.",
      "On a Mac look at System Settings, Privacy & Security; on Windows at Settings, Privacy.",
      "Then press Try again; you need not reload.",
    ],
  },
  missing: {
    title: "none was found",
    steps: ["Plug one in and press Try again, or go on without it."],
  },
  busy: {
    title: "in use by another program",
    steps: ["Close other calls and camera programs, then press Try again."],
  },
  insecure: {
    title: "this address is not secure",
    steps: [
      "Browsers give camera and microphone only to pages with https. Ask whoever invited you for an https link.",
    ],
  },
  unplugged: {
    title: "unplugged",
    steps: ["Plug it in again or choose another one."],
  },
  unusable: {
    title: "does not start",
    steps: ["Choose another one, or restart the browser."],
  },
};

/** The same in one line, for a notice. */
export function adviceLine(what: string, problem: DeviceProblem): string {
  const { title, steps } = ADVICE[problem];
  return `${what}: ${title}. ${steps[0] ?? ""}`;
}
