import { Button, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { type RefObject, useState } from "react";
import { ApiError, type Invitation, type Role } from "../../client/api";
import { Dialog, useCopy } from "../../ui";
import classes from "./ReplaceLinkDialog.module.css";
import { ROLE_NAMES, ROLES } from "./roles";

const ICON = { size: 15, stroke: 1.8 } as const;

type Replacing =
  | { readonly is: "present" }
  | { readonly is: "busy" }
  | { readonly is: "replaced"; readonly url: string }
  | { readonly is: "failed"; readonly message: string };

interface ReplaceLinkDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly opener: RefObject<HTMLElement | null>;
  /** Rejects with a sentence if the server refuses. */
  readonly onReplace: (role: Role) => Promise<Invitation>;
}

/** For a link that went to the wrong person: closes it, and hands out another. */
export function ReplaceLinkDialog({ isOpen, onClose, opener, onReplace }: ReplaceLinkDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Replace a link" width={460} opener={opener}>
      <Text size="sm" c="dimmed">
        The old link stops working at once. Whoever is in the room stays, and needs the new link to
        come back.
      </Text>
      <ul className={classes.roles}>
        {ROLES.map((role) => (
          <RoleLink key={role} role={role} onReplace={onReplace} />
        ))}
      </ul>
    </Dialog>
  );
}

type RoleLinkProps = Pick<ReplaceLinkDialogProps, "onReplace"> & { readonly role: Role };

function RoleLink({ role, onReplace }: RoleLinkProps) {
  const [state, setState] = useState<Replacing>({ is: "present" });
  const replace = async () => {
    setState({ is: "busy" });
    try {
      setState({ is: "replaced", url: (await onReplace(role)).url });
    } catch (error) {
      setState({ is: "failed", message: sentenceOf(error) });
    }
  };
  return (
    <li className={classes.role}>
      <div className={classes.words}>
        <div className={classes.name}>{ROLE_NAMES[role]}</div>
        <div className={classes.state} data-state={state.is} aria-live="polite">
          {wordsOf(state)}
        </div>
      </div>
      {state.is === "replaced" ? (
        <CopyNew role={role} url={state.url} />
      ) : (
        <Button
          variant="default"
          size="xs"
          loading={state.is === "busy"}
          aria-label={`Replace the ${role} link`}
          onClick={() => void replace()}
        >
          Replace
        </Button>
      )}
    </li>
  );
}

function CopyNew({ role, url }: { readonly role: Role; readonly url: string }) {
  const { state, copy } = useCopy();
  const isCopied = state === "copied";
  return (
    <Button
      size="xs"
      // The button that had the focus is gone; this one goes on in its place.
      autoFocus
      leftSection={isCopied ? <IconCheck {...ICON} /> : <IconCopy {...ICON} />}
      aria-label={isCopied ? undefined : `Copy new link for the ${role}`}
      onClick={() => copy(url)}
    >
      {isCopied ? "Copied" : "Copy new link"}
    </Button>
  );
}

function wordsOf(state: Replacing): string | null {
  if (state.is === "replaced") return "The old link no longer works.";
  return state.is === "failed" ? state.message : null;
}

function sentenceOf(error: unknown): string {
  return error instanceof ApiError ? error.message : "It could not be replaced. Try again.";
}
