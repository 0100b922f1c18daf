import { ActionIcon, Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { IconDots, IconFlag, IconLinkOff } from "@tabler/icons-react";
import { useRef } from "react";
import { ApiError, type Interview, type Invitation, type Role } from "../../client/api";
import { Question } from "../../ui";
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
      <Question
        isOpen={isEnding}
        onClose={end.close}
        opener={button}
        title="End the interview?"
        yes="End interview"
        no="Keep it"
        first="yes"
        onYes={() => void onEnd().catch(complain)}
      >
        “{interview.title}” closes for everybody, and its links stop working. What was written stays
        saved.
      </Question>
    </>
  );
}

function complain(error: unknown) {
  notifications.show({
    color: "red",
    message: error instanceof ApiError ? error.message : "The interview could not be ended.",
  });
}
