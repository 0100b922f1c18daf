import { Button } from "@mantine/core";
import { IconMicrophone, IconMicrophoneOff, IconVideo, IconVideoOff } from "@tabler/icons-react";
import { useStore } from "zustand";
import { type Devices, type DevicesState, isSending } from "../../state/devices";
import { useLevel } from "../../state/use-level";
import { LevelBar, SwitchButton, VideoView } from "../../ui";
import classes from "./GreenRoom.module.css";

const ICON = { size: 20, stroke: 1.7 } as const;

/** Yourself as in a mirror, and how loud you are. Nobody else sees or hears it. */
export function Preview({ devices }: { readonly devices: Devices }) {
  const { camera, microphone, isOn, asking } = useStore(devices.store);
  const isVisible = isOn.camera && camera.track !== null;
  return (
    <section className={classes.preview} aria-label="Preview">
      <div className={classes.picture}>
        {isVisible && camera.track && (
          <VideoView track={camera.track} label="Your camera" isMirrored />
        )}
        {!isVisible && <InsteadOfPicture devices={devices} />}
        {asking !== "not_yet" && <Switches devices={devices} />}
      </div>
      {microphone.track && (
        <Meter track={isOn.microphone ? microphone.track : null} isMuted={!isOn.microphone} />
      )}
    </section>
  );
}

function InsteadOfPicture({ devices }: { readonly devices: Devices }) {
  const state = useStore(devices.store);
  const { asking } = state;
  if (asking === "asking")
    return <div className={classes.ask}>Answer the browser's question above.</div>;
  if (asking === "asked") {
    return <div className={classes.ask}>{insteadWords(state)}</div>;
  }
  return (
    <div className={classes.ask}>
      <span>
        See and hear yourself before anybody else does. Nothing is sent until you press Join.
      </span>
      <Button variant="default" onClick={() => void devices.ask()}>
        Check camera and microphone
      </Button>
    </div>
  );
}

function insteadWords({ isOn, blur, camera }: DevicesState): string {
  if (!isOn.camera) return "Your camera is off.";
  const isAwaited = blur.isOn && camera.problem === null;
  return isAwaited ? "Blurring your background…" : "No camera in use. You can join without one.";
}

function Switches({ devices }: { readonly devices: Devices }) {
  const state = useStore(devices.store);
  const [microphone, camera] = [isSending(state, "microphone"), isSending(state, "camera")];
  return (
    <div className={classes.switches}>
      <SwitchButton
        isOn={microphone}
        icon={microphone ? <IconMicrophone {...ICON} /> : <IconMicrophoneOff {...ICON} />}
        label={microphone ? "Mute microphone" : "Unmute microphone"}
        onClick={() => devices.setOn("microphone", !microphone)}
      />
      <SwitchButton
        isOn={camera}
        icon={camera ? <IconVideo {...ICON} /> : <IconVideoOff {...ICON} />}
        label={camera ? "Turn off camera" : "Turn on camera"}
        onClick={() => devices.setOn("camera", !camera)}
      />
    </div>
  );
}

interface MeterProps {
  readonly track: MediaStreamTrack | null;
  readonly isMuted: boolean;
}

function Meter({ track, isMuted }: MeterProps) {
  const level = useLevel(track);
  return (
    <div className={classes.meter}>
      <span>{isMuted ? "Muted" : "Microphone"}</span>
      <LevelBar level={level} label="Microphone level" />
    </div>
  );
}
