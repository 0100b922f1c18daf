/** Tells people, once and briefly, what happened. */
import { notifications } from "@mantine/notifications";
import { ApiError } from "../../client/api";
import type { Source } from "../../client/signaling";
import type { Notice } from "../../state/session";

const SOURCE_WORDS: Readonly<Record<Source, string>> = {
  microphone: "muted your microphone",
  camera: "turned off your camera",
  screen: "stopped your screen",
  screen_audio: "stopped your screen's sound",
};

const BUSY = "Your computer is busy: your picture is sent smaller.";
const BLUR_HELPS = "Turning off background blur would help.";

export function tell(notice: Notice) {
  switch (notice.kind) {
    case "muted":
      return show(`${notice.by} ${SOURCE_WORDS[notice.source]}. You can switch it on again.`);
    case "refused":
      return show(notice.message, "red");
    case "relieved":
      return show(notice.isBlurring ? `${BUSY} ${BLUR_HELPS}` : BUSY, "yellow");
    case "arrived":
      return show(`${notice.name} is here.`);
    case "departed":
      return show(`${notice.name} left.`);
  }
}

/** For a deed that the server refused. */
export function complain(error: unknown) {
  show(error instanceof ApiError ? error.message : "That did not work. Try it again.", "red");
}

/** A sentence that goes away by itself. */
export function show(message: string, color = "indigo") {
  notifications.show({
    message,
    color,
    withCloseButton: true,
    closeButtonProps: { "aria-label": "Dismiss" },
  });
}
