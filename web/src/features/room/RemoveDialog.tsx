import { Button, Group, Text } from "@mantine/core";
import type { RefObject } from "react";
import type { Participant } from "../../client/signaling";
import { Dialog } from "../../ui";
import { useSession } from "./context";

interface RemoveDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly opener: RefObject<HTMLElement | null>;
  readonly participant: Participant;
}

/** Asks before somebody is taken out: for them there is no way back. */
export function RemoveDialog({ isOpen, onClose, opener, participant }: RemoveDialogProps) {
  const { id, name } = participant;
  const session = useSession();
  const remove = () => {
    onClose();
    session.remove(id);
  };
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Remove ${name}?`} width={420} opener={opener}>
      <Text size="sm" c="dimmed">
        They leave at once and cannot come back. The link they used lets nobody new in; the home
        page has a new one.
      </Text>
      <Group justify="flex-end" gap={8} mt={20}>
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button color="red.8" onClick={remove}>
          Remove {name}
        </Button>
      </Group>
    </Dialog>
  );
}
