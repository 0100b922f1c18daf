/** What the room's commands do, whether by a click or by the keyboard. */
import { useCallback, useEffect } from "react";
import { isSending } from "../../state/devices";
import { useParts } from "./context";
import { tell } from "./notices";
import { asksForHelp, type Command, commandOf } from "./shortcuts";
import { toggleMode, toggleSide } from "./view";

const NO_SHARING = {
  kind: "refused",
  message: "Your network lets no picture through, so a screen cannot be shared now.",
} as const;

export type Deed = (command: Command) => void;

/** Carries out a command. */
export function useDeeds(): Deed {
  const { session, view } = useParts();
  return useCallback(
    (command) => {
      const { devices } = session;
      const state = devices.store.getState();
      const sends = session.role !== "observer";
      switch (command) {
        case "microphone":
        case "camera":
          return sends && devices.setOn(command, !isSending(state, command));
        case "share":
          if (!sends) return;
          if (state.screen) return devices.stopScreen();
          if (session.store.getState().voice === "on") return tell(NO_SHARING);
          return void devices.shareScreen();
        case "mode":
          return toggleMode(view);
        case "brief":
          return view.setState({ mode: "code", isBriefOpen: !view.getState().isBriefOpen });
        case "people":
        case "chat":
          return toggleSide(view, command);
        case "help":
          return view.setState({ isHelpOpen: !view.getState().isHelpOpen });
      }
    },
    [session, view],
  );
}

/** Listens to the keyboard, before the editor does. */
export function useShortcuts(act: Deed) {
  useEffect(() => {
    const before = (event: KeyboardEvent) => {
      const command = commandOf(event);
      if (command === null || event.repeat) return;
      event.preventDefault();
      event.stopPropagation();
      act(command);
    };
    const after = (event: KeyboardEvent) => {
      if (!asksForHelp(event)) return;
      event.preventDefault();
      act("help");
    };
    addEventListener("keydown", before, { capture: true });
    addEventListener("keydown", after);
    return () => {
      removeEventListener("keydown", before, { capture: true });
      removeEventListener("keydown", after);
    };
  }, [act]);
}
