import { Button, Select } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useState } from "react";
import { useStore } from "zustand";
import { type DeviceChoice, playTestTone } from "../../client/media";
import type { Devices } from "../../state/devices";
import { BlurSwitch } from "./BlurSwitch";
import classes from "./DevicePickers.module.css";

/** Which camera, microphone and speaker; shown once the browser tells their names. */
export function DevicePickers({ devices }: { readonly devices: Devices }) {
  const { camera, microphone, speakers } = useStore(devices.store);
  if (camera.choices.length + microphone.choices.length + speakers.length === 0) return null;
  return (
    <div className={classes.pickers}>
      {camera.choices.length > 0 && (
        <Select
          label="Camera"
          data={optionsOf(camera.choices)}
          value={camera.chosen || null}
          placeholder="System default"
          onChange={(id) => id && devices.choose("camera", id)}
        />
      )}
      {microphone.choices.length > 0 && (
        <Select
          label="Microphone"
          data={optionsOf(microphone.choices)}
          value={microphone.chosen || null}
          placeholder="System default"
          onChange={(id) => id && devices.choose("microphone", id)}
        />
      )}
      <SpeakerPicker devices={devices} />
      {camera.choices.length > 0 && <BlurSwitch devices={devices} />}
    </div>
  );
}

function SpeakerPicker({ devices }: { readonly devices: Devices }) {
  const { speakers, speaker } = useStore(devices.store);
  const [isPlaying, setIsPlaying] = useState(false);
  if (speakers.length === 0) return null;
  const play = async () => {
    setIsPlaying(true);
    await playTestTone(speaker).catch(() => {});
    setIsPlaying(false);
  };
  return (
    <div className={classes.speaker}>
      <Select
        label="Speaker"
        data={optionsOf(speakers)}
        value={speaker || null}
        placeholder="System default"
        onChange={(id) => id && devices.chooseSpeaker(id)}
      />
      <Button
        variant="default"
        leftSection={<IconPlayerPlay size={15} stroke={1.8} />}
        disabled={isPlaying}
        onClick={() => void play()}
      >
        Test
      </Button>
    </div>
  );
}

function optionsOf(choices: readonly DeviceChoice[]) {
  return choices.map(({ id, label }) => ({ value: id, label }));
}
