import { Kbd } from "@mantine/core";
import { Dialog } from "../../ui";
import { IS_APPLE, useParts, useView } from "./context";
import classes from "./HelpSheet.module.css";
import { type Command, keysOf } from "./shortcuts";

const ROOM_KEYS: readonly (readonly [Command, string])[] = [
  ["microphone", "Microphone on or off"],
  ["camera", "Camera on or off"],
  ["share", "Share a screen, or stop"],
  ["mode", "Code or faces"],
  ["brief", "Brief"],
  ["chat", "Chat"],
  ["people", "People"],
  ["help", "This sheet"],
];

const MOD = IS_APPLE ? "⌘" : "Ctrl";

const EDITOR_KEYS: readonly (readonly [readonly string[], string])[] = [
  [[MOD, "Enter"], "Run"],
  [[MOD, "F"], "Find and replace"],
  [[MOD, "/"], "Comment the line"],
  [[MOD, "Z"], "Undo your own change"],
  [["Esc", "Tab"], "Leave the editor"],
];

/** All shortcuts. None is a single key, so none is pressed by accident while typing. */
export function HelpSheet() {
  const { view } = useParts();
  const isOpen = useView(({ isHelpOpen }) => isHelpOpen);
  return (
    <Dialog
      isOpen={isOpen}
      onClose={() => view.setState({ isHelpOpen: false })}
      title="Keyboard shortcuts"
      width={640}
    >
      <div className={classes.columns}>
        <Section title="Room, from anywhere">
          {ROOM_KEYS.map(([command, words]) => (
            <Row key={command} keys={keysOf(command, IS_APPLE)} words={words} />
          ))}
        </Section>
        <Section title="Editor">
          {EDITOR_KEYS.map(([keys, words]) => (
            <Row key={words} keys={keys} words={words} />
          ))}
        </Section>
      </div>
    </Dialog>
  );
}

function Section({
  title,
  children,
}: {
  readonly title: string;
  readonly children: React.ReactNode;
}) {
  return (
    <section>
      <h3 className={classes.title}>{title}</h3>
      <dl className={classes.list}>{children}</dl>
    </section>
  );
}

function Row({ keys, words }: { readonly keys: readonly string[]; readonly words: string }) {
  return (
    <div className={classes.row}>
      <dt>{words}</dt>
      <dd>
        {keys.map((key) => (
          <Kbd key={key} size="xs">
            {key}
          </Kbd>
        ))}
      </dd>
    </div>
  );
}
