import { useEffect } from "react";
import { watchSilence } from "../../client/media";
import { useDevices } from "./context";
import { show } from "./notices";

const NOTHING_HEARD =
  "We hear nothing from your microphone. See whether it has a switch of its own, or choose another one.";

/** Says that a microphone which is on gives no sound at all, before anybody has to ask. */
export function SilentMicrophone() {
  const track = useDevices(({ microphone, isOn }) => (isOn.microphone ? microphone.track : null));
  useEffect(() => {
    if (track === null) return;
    return watchSilence(track, () => show(NOTHING_HEARD, "yellow"));
  }, [track]);
  return null;
}
