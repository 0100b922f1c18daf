import { CloseButton, Modal } from "@mantine/core";
import type { ReactNode, RefObject } from "react";
import classes from "./Dialog.module.css";

export interface DialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly width: number;
  /** Where the focus goes afterwards, if what had it is gone by then: the item of a menu, for instance. */
  readonly opener?: RefObject<HTMLElement | null>;
  readonly children: ReactNode;
}

/** A question or a form above the page. Escape and the cross close it; focus goes back to where it was. */
export function Dialog({ isOpen, onClose, title, width, opener, children }: DialogProps) {
  return (
    <Modal.Root
      opened={isOpen}
      onClose={onClose}
      size={width}
      onExitTransitionEnd={() => opener?.current?.focus()}
    >
      <Modal.Overlay />
      <Modal.Content aria-label={title}>
        <div className={classes.head}>
          <h2 className={classes.title}>{title}</h2>
          <CloseButton aria-label="Close" onClick={onClose} />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
