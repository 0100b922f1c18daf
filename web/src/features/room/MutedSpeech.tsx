import { useEffect, useRef } from "react";
import { useLevel } from "../../state/use-level";
import { IS_APPLE, useDevices } from "./context";
import { show } from "./notices";
import { shortcutOf } from "./shortcuts";

/** Louder than breathing and keys, on the meter's scale. */
const SPEECH_LEVEL = 0.62;
/** So many loud samples in a row are a word, not a cough. */
const SPEECH_SAMPLES = 8;

/** Says once, gently, that nobody hears what is being said. */
export function MutedSpeech() {
  const { track, isMuted } = useDevices(({ microphone, isOn }) => ({
    track: microphone.track,
    isMuted: !isOn.microphone,
  }));
  if (!isMuted || track === null) return null;
  return <Listener track={track} />;
}

function Listener({ track }: { readonly track: MediaStreamTrack }) {
  const level = useLevel(track);
  const loud = useRef(0);
  useEffect(() => {
    loud.current = level > SPEECH_LEVEL ? loud.current + 1 : 0;
    if (loud.current !== SPEECH_SAMPLES || wasTold) return;
    wasTold = true;
    show(`You are muted. ${shortcutOf("microphone", IS_APPLE)} lets the others hear you.`);
  }, [level]);
  return null;
}

/** Once a page: who stays muted on purpose is not told again. */
let wasTold = false;
