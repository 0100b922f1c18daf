/** Why a device cannot be used. Pure: the browser's error names in, one of our words out. */

export type DeviceProblem = "refused" | "missing" | "busy" | "insecure" | "unplugged" | "unusable";

/** Source: Media Capture and Streams, W3C, §10.2 (`getUserMedia` failures). */
export function problemOf(error: unknown): DeviceProblem {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
      return "refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    case "SecurityError":
    case "TypeError":
      return "insecure";
    default:
      return "unusable";
  }
}
