import { Button, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Dialog, type DialogProps } from "./Dialog";

interface QuestionProps extends Pick<DialogProps, "isOpen" | "onClose" | "title" | "opener"> {
  readonly yes: string;
  readonly no: string;
  /** The answer that Enter gives at once. */
  readonly first: "yes" | "no";
  /** The question is closed by then. */
  readonly onYes: () => void;
  /** What a yes brings about. */
  readonly children: ReactNode;
}

/** Asks before something that cannot be taken back. */
export function Question({ yes, no, first, onYes, children, ...dialog }: QuestionProps) {
  const agree = () => {
    dialog.onClose();
    onYes();
  };
  return (
    <Dialog {...dialog} width={420}>
      <Text size="sm" c="dimmed">
        {children}
      </Text>
      <Group justify="flex-end" gap={8} mt={20}>
        <Button
          variant="default"
          onClick={dialog.onClose}
          data-autofocus={first === "no" || undefined}
        >
          {no}
        </Button>
        <Button color="red.8" onClick={agree} data-autofocus={first === "yes" || undefined}>
          {yes}
        </Button>
      </Group>
    </Dialog>
  );
}
