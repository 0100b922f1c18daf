import { ActionIcon, Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconDots,
  IconFocusCentered,
  IconMicrophoneOff,
  IconScreenShareOff,
  IconUserMinus,
  IconVideoOff,
} from "@tabler/icons-react";
import { useRef } from "react";
import type { Participant } from "../../client/signaling";
import { useParts, useRoom, useView } from "./context";
import { RemoveDialog } from "./RemoveDialog";

const ICON = { size: 15, stroke: 1.8 } as const;

interface PersonMenuProps {
  readonly participant: Participant;
  readonly className: string;
}

/** What one can do about somebody else: follow their cursor; as an interviewer, also moderate. */
export function PersonMenu({ participant, className }: PersonMenuProps) {
  const { id, name, role } = participant;
  const mayModerate = useRoom(({ rights }) => rights.has("mute_others"));
  const button = useRef<HTMLButtonElement>(null);
  const [isRemoving, removal] = useDisclosure(false);
  const isObserver = role === "observer";
  if (isObserver && !mayModerate) return null;
  return (
    <>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon
            ref={button}
            className={className}
            variant="subtle"
            color="gray"
            size={28}
            aria-label={`More about ${name}`}
          >
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{name}</Menu.Label>
          {!isObserver && <Follow id={id} />}
          {mayModerate && <Moderation participant={participant} onRemove={removal.open} />}
        </Menu.Dropdown>
      </Menu>
      <RemoveDialog
        isOpen={isRemoving}
        onClose={removal.close}
        opener={button}
        participant={participant}
      />
    </>
  );
}

function Follow({ id }: { readonly id: string }) {
  const { view } = useParts();
  const isFollowed = useView(({ follow }) => follow === id);
  return (
    <Menu.Item
      leftSection={<IconFocusCentered {...ICON} />}
      onClick={() => view.setState(isFollowed ? { follow: null } : { follow: id, mode: "code" })}
    >
      {isFollowed ? "Stop following" : "Follow in the editor"}
    </Menu.Item>
  );
}

interface ModerationProps {
  readonly participant: Participant;
  readonly onRemove: () => void;
}

function Moderation({ participant: { id, role, tracks }, onRemove }: ModerationProps) {
  const { session } = useParts();
  const mayRemove = useRoom(({ rights }) => rights.has("remove_others"));
  return (
    <>
      {role !== "observer" && (
        <>
          <Menu.Item
            leftSection={<IconMicrophoneOff {...ICON} />}
            disabled={!tracks.microphone}
            onClick={() => session.mute(id, "microphone")}
          >
            Mute microphone
          </Menu.Item>
          <Menu.Item
            leftSection={<IconVideoOff {...ICON} />}
            disabled={!tracks.camera}
            onClick={() => session.mute(id, "camera")}
          >
            Turn off camera
          </Menu.Item>
          {tracks.screen && (
            <Menu.Item
              leftSection={<IconScreenShareOff {...ICON} />}
              onClick={() => session.mute(id, "screen")}
            >
              Stop screen
            </Menu.Item>
          )}
          <Menu.Divider />
        </>
      )}
      {mayRemove && (
        <Menu.Item
          color="var(--vv-bad)"
          leftSection={<IconUserMinus {...ICON} />}
          onClick={onRemove}
        >
          Remove from the room…
        </Menu.Item>
      )}
    </>
  );
}
