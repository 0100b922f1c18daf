import { Button, Group, List, Text } from "@mantine/core";
import { IconVideoOff } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { isOwnMachine, type MediaDoor } from "../../client/media";
import { Dialog, useCopy } from "../../ui";
import classes from "./Banner.module.css";
import { useRoom } from "./context";

const ON =
  "Sound only: your network lets nothing but web pages through. You are heard but not seen; code and chat work.";
const UNSUPPORTED =
  "Your network lets nothing but web pages through, and this browser cannot carry sound over them. Code and chat work; for sound use Chrome, Edge, Firefox 130 or Safari 26 on a computer, or another network.";

const OWN_MACHINE =
  'Sound only: from this browser no video gets through to its own machine. Firefox never calls its own machine: use Chrome or Edge, or start the server with make run ARGS="--host 0.0.0.0". A tunnel carries the pages only.';

/** Says why there is no picture, or no sound either, and what to ask of those who run the network. */
export function SoundOnlyBanner() {
  const voice = useRoom((room) => room.voice);
  const [isOpen, setIsOpen] = useState(false);
  if (voice !== "on" && voice !== "unsupported") return null;
  if (isOwnMachine(location.hostname)) return <Banner words={OWN_MACHINE} />;
  return (
    <Banner words={voice === "on" ? ON : UNSUPPORTED}>
      <Button size="compact-xs" variant="default" onClick={() => setIsOpen(true)}>
        What to tell IT
      </Button>
      <Advice isOpen={isOpen} onClose={() => setIsOpen(false)} />
    </Banner>
  );
}

function Banner({ words, children }: { readonly words: string; readonly children?: ReactNode }) {
  return (
    <div className={classes.banner}>
      <IconVideoOff size={16} stroke={1.8} aria-hidden="true" />
      <span>{words}</span>
      {children}
    </div>
  );
}

interface AdviceProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

function Advice({ isOpen, onClose }: AdviceProps) {
  const doors = useRoom((room) => room.doors);
  const { state, copy } = useCopy();
  const lines = adviceOf(location.hostname, doors);
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="What to tell your IT department" width={520}>
      <Text size="sm" c="dimmed">
        Sound and pictures go to the server of this page, {location.hostname}, encrypted. The
        network blocks them and lets web pages through. Any one of these brings pictures back, while
        the call goes on:
      </Text>
      <List size="sm" mt={12} spacing={6}>
        {lines.map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
      <Group justify="flex-end" mt={20}>
        <Button variant="default" onClick={() => copy(messageOf(location.hostname, lines))}>
          {state === "copied" ? "Copied" : "Copy as a message"}
        </Button>
      </Group>
    </Dialog>
  );
}

/** What to open, the best first. */
export function adviceOf(host: string, doors: readonly MediaDoor[]): readonly string[] {
  const ports = doors.map(({ protocol, host: at, port }, index) => {
    const best = index === 0 && doors.length > 1 ? " (best)" : "";
    return `Let ${protocol} through to ${at}, port ${port}${best}.`;
  });
  return [...ports, `If a proxy opens encrypted connections to look inside, leave out ${host}.`];
}

function messageOf(host: string, lines: readonly string[]): string {
  const asked = lines.map((line) => `- ${line}`).join("\n");
  return `Video calls to ${host} have sound only, because our network lets nothing but web pages through. Any one of these helps:\n${asked}`;
}
