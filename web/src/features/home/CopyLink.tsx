import { Tooltip } from "@mantine/core";
import { IconCheck, IconLink } from "@tabler/icons-react";
import type { Role } from "../../client/api";
import { useCopy } from "../../ui";
import classes from "./CopyLink.module.css";
import { ROLE_NAMES } from "./roles";

interface CopyLinkProps {
  readonly role: Role;
  readonly url: string | undefined;
}

/** Copies the link of one role, and says so. */
export function CopyLink({ role, url }: CopyLinkProps) {
  const { state, copy } = useCopy();
  const isCopied = state === "copied";
  return (
    <Tooltip label={`Copy the link for the ${role}`}>
      <button
        type="button"
        className={classes.copy}
        disabled={url === undefined}
        data-copied={isCopied || undefined}
        aria-label={`Copy ${role} link`}
        onClick={() => url !== undefined && copy(url)}
      >
        {isCopied ? <IconCheck size={15} stroke={2} /> : <IconLink size={15} stroke={1.8} />}
        <span aria-live="polite">{isCopied ? "Copied" : ROLE_NAMES[role]}</span>
      </button>
    </Tooltip>
  );
}
