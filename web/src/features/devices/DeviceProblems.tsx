import { Button } from "@mantine/core";
import { useStore } from "zustand";
import type { DeviceProblem } from "../../client/media";
import type { Devices } from "../../state/devices";
import { Hint } from "../../ui";
import { ADVICE } from "./advice";

/** What is wrong with a device and what to do. Everything else works all the same. */
export function DeviceProblems({ devices }: { readonly devices: Devices }) {
  const { microphone, camera } = useStore(devices.store);
  if (microphone.problem !== null && microphone.problem === camera.problem) {
    return <Problem what="Camera and microphone" problem={microphone.problem} devices={devices} />;
  }
  return (
    <>
      {microphone.problem && (
        <Problem what="Microphone" problem={microphone.problem} devices={devices} />
      )}
      {camera.problem && <Problem what="Camera" problem={camera.problem} devices={devices} />}
    </>
  );
}

interface ProblemProps {
  readonly what: string;
  readonly problem: DeviceProblem;
  readonly devices: Devices;
}

function Problem({ what, problem, devices }: ProblemProps) {
  const { title, steps } = ADVICE[problem];
  const again = (
    <Button variant="default" size="xs" onClick={() => void devices.ask()}>
      Try again
    </Button>
  );
  return <Hint title={`${what}: ${title}`} steps={steps} action={again} />;
}
