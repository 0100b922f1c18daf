import { Alert, Button, List } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useStore } from "zustand";
import type { DeviceProblem } from "../../client/media";
import type { Devices } from "../../state/devices";

interface Advice {
  readonly title: string;
  readonly steps: readonly string[];
}

const ADVICE: Readonly<Record<DeviceProblem, Advice>> = {
  refused: {
    title: "The browser does not let us use it",
    steps: [
      "Click the camera or lock symbol left of the address and choose Allow.",
      "On a Mac look at System Settings, Privacy & Security; on Windows at Settings, Privacy.",
      "Then press Try again; you need not reload.",
    ],
  },
  missing: {
    title: "None was found",
    steps: ["Plug one in and press Try again, or join without it."],
  },
  busy: {
    title: "Another program uses it",
    steps: ["Close other calls and camera programs, then press Try again."],
  },
  insecure: {
    title: "This address is not secure",
    steps: [
      "Browsers give camera and microphone only to pages with https. Ask whoever invited you for an https link.",
    ],
  },
  unplugged: {
    title: "It was unplugged",
    steps: ["Plug it in again or choose another one."],
  },
  unusable: {
    title: "It does not start",
    steps: ["Choose another one above, or restart the browser."],
  },
};

/** What is wrong with a device and what to do. Joining works all the same. */
export function DeviceProblems({ devices }: { readonly devices: Devices }) {
  const { microphone, camera } = useStore(devices.store);
  const both = microphone.problem !== null && microphone.problem === camera.problem;
  if (both && microphone.problem) {
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
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconInfoCircle />}
      title={`${what}: ${title.charAt(0).toLowerCase()}${title.slice(1)}`}
    >
      <List size="sm" spacing={4}>
        {steps.map((step) => (
          <List.Item key={step}>{step}</List.Item>
        ))}
      </List>
      <Button variant="default" size="xs" mt="sm" onClick={() => void devices.ask()}>
        Try again
      </Button>
    </Alert>
  );
}
