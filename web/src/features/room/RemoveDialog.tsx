import type { RefObject } from "react";
import type { Participant } from "../../client/signaling";
import { Question } from "../../ui";
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
  return (
    <Question
      isOpen={isOpen}
      onClose={onClose}
      opener={opener}
      title={`Remove ${name}?`}
      yes={`Remove ${name}`}
      no="Cancel"
      first="no"
      onYes={() => session.remove(id)}
    >
      They leave at once and cannot come back. The link they used lets nobody new in; the home page
      has a new one.
    </Question>
  );
}
