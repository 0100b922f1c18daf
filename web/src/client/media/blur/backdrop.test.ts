import { expect, it } from "vitest";
import { Backdrop } from "./backdrop";
import type { BlurProblem } from "./blur";

const trackOf = (id: string) => ({ id, contentHint: "" }) as MediaStreamTrack;

/** A blur whose start the test completes or refuses. */
function start() {
  const shown: string[] = [];
  const problems: BlurProblem[] = [];
  const closed: string[] = [];
  const starts: { readonly works: () => Promise<void>; readonly fails: () => Promise<void> }[] = [];
  let complain: (problem: BlurProblem) => void = () => {};
  const backdrop = new Backdrop({
    start: (camera, onProblem) =>
      new Promise((resolve, reject) => {
        complain = onProblem;
        const id = `blurred ${camera.id}`;
        const blurred = { track: trackOf(id), close: () => void closed.push(id) };
        starts.push({
          works: async () => resolve(blurred),
          fails: async () => reject(new Error("no canvas")),
        });
      }),
    onChange: (picture) => shown.push(picture?.id ?? "nothing"),
    onProblem: (problem) => problems.push(problem),
  });
  return {
    backdrop,
    shown,
    problems,
    closed,
    starts,
    complain: (why: BlurProblem) => complain(why),
  };
}

it("gives the camera's own picture while it is off", () => {
  const { backdrop, shown } = start();
  backdrop.follow(trackOf("camera"));
  backdrop.follow(null);
  expect(shown).toEqual(["camera", "nothing"]);
});

it("gives nothing until it is blurred, and takes up another camera in the same way", async () => {
  const { backdrop, shown, closed, starts } = start();
  backdrop.setOn(true);
  backdrop.follow(trackOf("one"));
  await starts[0]?.works();
  backdrop.follow(trackOf("two"));
  await starts[1]?.works();
  await Promise.resolve();
  expect(shown).toEqual(["nothing", "nothing", "blurred one", "nothing", "blurred two"]);
  expect(closed).toEqual(["blurred one"]);
});

it("gives nothing after it failed, and the camera's own picture only when it is switched off", async () => {
  const { backdrop, shown, problems, starts, complain } = start();
  backdrop.follow(trackOf("camera"));
  backdrop.setOn(true);
  await starts[0]?.works();
  await Promise.resolve();
  complain("slow");
  expect(problems).toEqual(["slow"]);
  expect(shown).toEqual(["camera", "nothing", "blurred camera", "nothing"]);
  backdrop.setOn(false);
  expect(shown.at(-1)).toBe("camera");
});

it("says that it cannot begin", async () => {
  const { backdrop, problems, starts } = start();
  backdrop.follow(trackOf("camera"));
  backdrop.setOn(true);
  await starts[0]?.fails();
  await Promise.resolve();
  expect(problems).toEqual(["unusable"]);
});

it("throws away what began too late", async () => {
  const { backdrop, shown, closed, starts } = start();
  backdrop.follow(trackOf("camera"));
  backdrop.setOn(true);
  backdrop.setOn(false);
  await starts[0]?.works();
  await Promise.resolve();
  expect(shown.at(-1)).toBe("camera");
  expect(closed).toEqual(["blurred camera"]);
});
