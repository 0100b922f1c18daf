import { Tooltip } from "@mantine/core";
import {
  IconCode,
  IconDoorExit,
  IconFileText,
  IconKeyboard,
  IconLayoutGrid,
  IconMessageCircle,
  IconMicrophone,
  IconMicrophoneOff,
  IconScreenShare,
  IconScreenShareOff,
  IconUsers,
  IconVideo,
  IconVideoOff,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { isSending } from "../../state/devices";
import { Count } from "../../ui";
import classes from "./Controls.module.css";
import { IS_APPLE, useDevices, useParts, useRoom, useView } from "./context";
import type { Deed } from "./deeds";
import { type Command, shortcutOf } from "./shortcuts";
import { unreadOf } from "./view";

/** Phones' browsers have no screen sharing. */
const CAN_SHARE = "getDisplayMedia" in (navigator.mediaDevices ?? {});

const ICON = { size: 20, stroke: 1.6 } as const;

interface ControlsProps {
  readonly act: Deed;
  readonly isPhone?: boolean;
}

/** The bar along the bottom: what you send, what you see, and the way out. */
export function Controls({ act, isPhone = false }: ControlsProps) {
  const { session } = useParts();
  return (
    <section className={classes.bar} aria-label="Controls">
      <div className={classes.group}>
        {session.role !== "observer" ? <Sending act={act} /> : <Watching />}
      </div>
      {!isPhone && <Seeing act={act} />}
      <div className={classes.group}>
        <button type="button" className={classes.leave} onClick={() => session.leave()}>
          <IconDoorExit {...ICON} aria-hidden="true" />
          Leave
        </button>
      </div>
    </section>
  );
}

function Watching() {
  return <span className={classes.watching}>You observe. The others see that you are here.</span>;
}

function Sending({ act }: { readonly act: Deed }) {
  const { microphone, camera, isSharing } = useDevices((devices) => ({
    microphone: isSending(devices, "microphone"),
    camera: isSending(devices, "camera"),
    isSharing: devices.screen !== null,
  }));
  return (
    <>
      <Control
        command="microphone"
        label={microphone ? "Mute microphone" : "Unmute microphone"}
        word={microphone ? "Mute" : "Unmute"}
        icon={microphone ? <IconMicrophone {...ICON} /> : <IconMicrophoneOff {...ICON} />}
        tone={microphone ? "plain" : "off"}
        act={act}
      />
      <Control
        command="camera"
        label={camera ? "Turn off camera" : "Turn on camera"}
        word="Camera"
        icon={camera ? <IconVideo {...ICON} /> : <IconVideoOff {...ICON} />}
        tone={camera ? "plain" : "off"}
        act={act}
      />
      {CAN_SHARE && (
        <Control
          command="share"
          label={isSharing ? "Stop sharing" : "Share screen"}
          word={isSharing ? "Stop sharing" : "Share"}
          icon={isSharing ? <IconScreenShareOff {...ICON} /> : <IconScreenShare {...ICON} />}
          tone={isSharing ? "live" : "plain"}
          act={act}
        />
      )}
    </>
  );
}

function Seeing({ act }: { readonly act: Deed }) {
  const view = useView((v) => v);
  const unread = useRoom((room) => unreadOf(view, room.chat, room.you));
  const isTalk = view.mode === "talk";
  const badge = view.side === "chat" ? 0 : unread;
  return (
    <div className={classes.group}>
      <Control
        command="mode"
        label={isTalk ? "Show code" : "Show faces"}
        word={isTalk ? "Code" : "Faces"}
        icon={isTalk ? <IconCode {...ICON} /> : <IconLayoutGrid {...ICON} />}
        act={act}
      />
      <Control
        command="brief"
        label={view.isBriefOpen ? "Hide brief" : "Show brief"}
        word="Brief"
        icon={<IconFileText {...ICON} />}
        tone={view.isBriefOpen && !isTalk ? "open" : "plain"}
        act={act}
      />
      <Control
        command="people"
        label={view.side === "people" ? "Hide people" : "Show people"}
        word="People"
        icon={<IconUsers {...ICON} />}
        tone={view.side === "people" ? "open" : "plain"}
        act={act}
      />
      <Control
        command="chat"
        label={chatLabel(view.side === "chat", badge)}
        word="Chat"
        icon={
          <span className={classes.counted}>
            <IconMessageCircle {...ICON} />
            <span className={classes.badge}>
              <Count of={badge} />
            </span>
          </span>
        }
        tone={view.side === "chat" ? "open" : "plain"}
        act={act}
      />
      <Control
        command="help"
        label="Keyboard shortcuts"
        word="Shortcuts"
        icon={<IconKeyboard {...ICON} />}
        act={act}
      />
    </div>
  );
}

function chatLabel(isOpen: boolean, unread: number): string {
  if (isOpen) return "Hide chat";
  return unread > 0 ? `Show chat, ${unread} unread` : "Show chat";
}

interface ControlProps {
  readonly command: Command;
  /** The accessible name: what a click does. */
  readonly label: string;
  /** The word under the icon. */
  readonly word: string;
  readonly icon: ReactNode;
  readonly tone?: "plain" | "off" | "open" | "live";
  readonly act: Deed;
}

function Control({ command, label, word, icon, tone = "plain", act }: ControlProps) {
  return (
    <Tooltip label={`${label} (${shortcutOf(command, IS_APPLE)})`}>
      <button
        type="button"
        className={classes.control}
        data-tone={tone}
        aria-label={label}
        onClick={() => act(command)}
      >
        {icon}
        <span className={classes.word} aria-hidden="true">
          {word}
        </span>
      </button>
    </Tooltip>
  );
}
