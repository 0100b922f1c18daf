import { ActionIcon, Switch, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconSettings } from "@tabler/icons-react";
import { useEffect } from "react";
import { type DeviceNews, deviceNews } from "../../state/device-news";
import { Dialog } from "../../ui";
import { adviceLine, blurLine, DevicePickers, DeviceProblems } from "../devices";
import { useRoom, useSession } from "./context";
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

/**
 * A device that is lost, comes back, or does not come when it is switched on, is told where the person is looking.
 * What was so when the room opened has been told in the green room.
 */
function useDeviceNotices() {
  const { devices } = useSession();
  useEffect(
    () =>
      devices.store.subscribe((now, before) => {
        for (const news of deviceNews(before, now)) show(sentenceOf(news), "yellow");
        const { problem } = now.blur;
        if (problem !== null && before.blur.problem === null) show(blurLine(problem), "yellow");
      }),
    [devices],
  );
}

const KIND_NAMES = { microphone: "Microphone", camera: "Camera" } as const;

function sentenceOf(news: DeviceNews): string {
  const kind = KIND_NAMES[news.kind];
  switch (news.is) {
    case "replaced":
      return `${kind}: “${news.lost}” is gone. “${news.by}” is used until it is back.`;
    case "back":
      return `${kind}: “${news.name}” is back and in use.`;
    case "unusable":
      return adviceLine(kind, news.problem);
  }
}
