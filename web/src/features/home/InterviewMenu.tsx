import { ActionIcon, Button, Menu, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconDots, IconFlag, IconLinkOff } from "@tabler/icons-react";
import { type RefObject, useRef } from "react";
import { ApiError, type Interview, type Invitation, type Role } from "../../client/api";
import { Dialog } from "../../ui";
import classes from "./InterviewCard.module.css";
import { ReplaceLinkDialog } from "./ReplaceLinkDialog";

const ICON = { size: 15, stroke: 1.8 } as const;

interface InterviewMenuProps {
  readonly interview: Interview;
  readonly onReplaceLink: (role: Role) => Promise<Invitation>;
  readonly onEnd: () => Promise<void>;
}

/** What is done to an interview more rarely than opening it. */
export function InterviewMenu({ interview, onReplaceLink, onEnd }: InterviewMenuProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [isReplacing, replacement] = useDisclosure(false);
  const [isEnding, end] = useDisclosure(false);
  return (
    <>
      <Menu position="bottom-end" width={180}>
        <Menu.Target>
          <ActionIcon
            ref={button}
            variant="subtle"
            color="gray"
            size={36}
            aria-label={`More about ${interview.title}`}
          >
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconLinkOff {...ICON} />} onClick={replacement.open}>
            Replace a link…
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="var(--vv-bad)" leftSection={<IconFlag {...ICON} />} onClick={end.open}>
            End interview…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ReplaceLinkDialog
        isOpen={isReplacing}
        onClose={replacement.close}
        opener={button}
        onReplace={onReplaceLink}
      />
      <EndDialog
        isOpen={isEnding}
        onClose={end.close}
        opener={button}
        title={interview.title}
        onEnd={onEnd}
      />
    </>
  );
}

interface EndDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly opener: RefObject<HTMLElement | null>;
  readonly title: string;
  readonly onEnd: () => Promise<void>;
}

function EndDialog({ isOpen, onClose, opener, title, onEnd }: EndDialogProps) {
  const end = () => {
    onClose();
    onEnd().catch((error: unknown) =>
      notifications.show({
        color: "red",
        message: error instanceof ApiError ? error.message : "The interview could not be ended.",
      }),
    );
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="End the interview?"
      width={420}
      opener={opener}
    >
      <Text size="sm" c="dimmed">
        “{title}” closes for everybody, and its links stop working. What was written stays saved.
      </Text>
      <div className={classes.answers}>
        <Button variant="default" onClick={onClose}>
          Keep it
        </Button>
        <Button color="red.8" onClick={end} data-autofocus>
          End interview
        </Button>
      </div>
    </Dialog>
  );
}
