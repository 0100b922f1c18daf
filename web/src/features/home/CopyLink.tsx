import { Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconLink } from "@tabler/icons-react";
import type { Role } from "../../client/api";
import classes from "./CopyLink.module.css";
import { ROLE_NAMES } from "./roles";

const CONFIRMATION_MS = 2_000;

interface CopyLinkProps {
  readonly role: Role;
  readonly url: string | undefined;
}

/** Copies the link of one role, and says so. */
export function CopyLink({ role, url }: CopyLinkProps) {
  const { copy, copied } = useClipboard({ timeout: CONFIRMATION_MS });
  return (
    <Tooltip label={`Copy the link for the ${role}`}>
      <button
        type="button"
        className={classes.copy}
        disabled={url === undefined}
        data-copied={copied || undefined}
        aria-label={`Copy ${role} link`}
        onClick={() => url !== undefined && copy(url)}
      >
        {copied ? <IconCheck size={15} stroke={2} /> : <IconLink size={15} stroke={1.8} />}
        <span aria-live="polite">{copied ? "Copied" : ROLE_NAMES[role]}</span>
      </button>
    </Tooltip>
  );
}
