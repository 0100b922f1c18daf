import { ActionIcon, Switch, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconSettings } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import type { DeviceProblem } from "../../client/media";
import { Dialog } from "../../ui";
import { adviceLine, DevicePickers, DeviceProblems } from "../devices";
import { useDevices, useRoom, useSession } from "./context";
import { show } from "./notices";
import classes from "./Settings.module.css";

/** Another microphone, camera or speaker in the middle of the call, or no pictures at all. */
export function Settings() {
  const session = useSession();
  const [isOpen, dialog] = useDisclosure(false);
  useDeviceNotices();
  return (
    <>
      <Tooltip label="Camera and sound">
        <ActionIcon
          variant="subtle"
          color="gray"
          size={32}
          aria-label="Camera and sound"
          onClick={dialog.open}
        >
          <IconSettings size={18} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
      <Dialog isOpen={isOpen} onClose={dialog.close} title="Camera and sound" width={420}>
        <div className={classes.devices}>
          <DevicePickers devices={session.devices} />
          <DeviceProblems devices={session.devices} />
          <ReceiveVideo />
        </div>
      </Dialog>
    </>
  );
}

/** For a weak connection, or a choice: one hears everybody and sees nobody. */
function ReceiveVideo() {
  const session = useSession();
  const wantsVideo = useRoom((room) => room.wantsVideo);
  return (
    <Switch
      label="Receive video"
      description="When it is off you hear everybody and see no pictures. What you send stays as it is."
      checked={wantsVideo}
      onChange={({ currentTarget }) => session.wantVideo(currentTarget.checked)}
    />
  );
}

/** A device that is lost, or does not come when it is switched on, is told where the person is looking. */
function useDeviceNotices() {
  const { microphone, camera } = useDevices((devices) => ({
    microphone: devices.microphone.problem,
    camera: devices.camera.problem,
  }));
  useNotice("Microphone", microphone);
  useNotice("Camera", camera);
}

/** What was so when the room opened has been told in the green room. */
function useNotice(what: string, problem: DeviceProblem | null) {
  const told = useRef(problem);
  useEffect(() => {
    if (problem !== null && problem !== told.current) show(adviceLine(what, problem), "yellow");
    told.current = problem;
  }, [what, problem]);
}
