/** What people are told of their devices when they change by themselves. Pure. */
import type { DeviceKind, DeviceProblem, LocalDevice } from "../client/media";
import type { DevicesState } from "./devices";

export type DeviceNews =
  | {
      readonly is: "replaced";
      readonly kind: DeviceKind;
      readonly lost: string;
      readonly by: string;
    }
  | { readonly is: "back"; readonly kind: DeviceKind; readonly name: string }
  | { readonly is: "unusable"; readonly kind: DeviceKind; readonly problem: DeviceProblem };

/** What is new between two states. */
export function deviceNews(before: DevicesState, now: DevicesState): DeviceNews[] {
  return (["microphone", "camera"] as const).flatMap((kind) =>
    newsOf(kind, before[kind], now[kind]),
  );
}

function newsOf(kind: DeviceKind, was: LocalDevice, is: LocalDevice): DeviceNews[] {
  if (is.problem !== null && is.problem !== was.problem) {
    const isGone = is.lost !== null && is.problem === "missing";
    return [{ is: "unusable", kind, problem: isGone ? "unplugged" : is.problem }];
  }
  if (is.track === null || is.track === was.track) return [];
  if (is.lost !== null && was.track === null) {
    return [{ is: "replaced", kind, lost: is.lost.label, by: nameOf(is) }];
  }
  return was.lost !== null && is.lost === null ? [{ is: "back", kind, name: nameOf(is) }] : [];
}

/** A blurred picture's track does not bear the camera's name. */
function nameOf({ choices, chosen, track }: LocalDevice): string {
  return choices.find(({ id }) => id === chosen)?.label ?? track?.label ?? "";
}
