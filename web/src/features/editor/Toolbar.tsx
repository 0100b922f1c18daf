/** What stands beside the tabs: the language, Run or Stop, and how the editor looks. */
import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import {
  IconAdjustmentsHorizontal,
  IconMinus,
  IconPlayerPlayFilled,
  IconPlayerStopFilled,
  IconPlus,
} from "@tabler/icons-react";
import { useStore } from "zustand";
import type { LanguageInfo } from "../../client/runs";
import { type EditorSettingsStore, steppedFontSize } from "./settings";
import classes from "./Toolbar.module.css";

export interface LanguagePickerProps {
  readonly languages: readonly LanguageInfo[];
  readonly chosen: string | null;
  readonly isDisabled: boolean;
  readonly onChoose: (language: LanguageInfo) => void;
}

/** A native list: it is the quickest by keyboard and on a phone. What is not installed says what to install. */
export function LanguagePicker(props: LanguagePickerProps) {
  const { languages, chosen, isDisabled, onChoose } = props;
  const isKnown = languages.some(({ id }) => id === chosen);
  return (
    <select
      aria-label="Language"
      className={classes.language}
      value={chosen ?? ""}
      disabled={isDisabled}
      onChange={(event) => {
        const language = languages.find(({ id }) => id === event.currentTarget.value);
        if (language) onChoose(language);
      }}
    >
      {!isKnown && <option value={chosen ?? ""}>{chosen ?? "Language"}</option>}
      {languages.map(({ id, label, available, install }) => (
        <option key={id} value={id} disabled={!available}>
          {available || id === chosen ? label : `${label}: ${install ?? "still being checked"}`}
        </option>
      ))}
    </select>
  );
}

export interface RunButtonProps {
  readonly isRunning: boolean;
  /** Why nothing can be run, as a sentence; null when it can. */
  readonly obstacle: string | null;
  readonly onRun: () => void;
  readonly onStop: () => void;
}

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const RUN_KEYS = IS_MAC ? "⌘ Enter" : "Ctrl+Enter";

export function RunButton({ isRunning, obstacle, onRun, onStop }: RunButtonProps) {
  if (isRunning)
    return (
      <Tooltip label="End the program now">
        <Button
          size="compact-sm"
          variant="default"
          className={classes.run ?? ""}
          leftSection={<IconPlayerStopFilled size={14} aria-hidden />}
          onClick={onStop}
        >
          Stop
        </Button>
      </Tooltip>
    );
  return (
    <Tooltip label={obstacle ?? `Run the code (${RUN_KEYS})`} multiline maw={320}>
      <Button
        size="compact-sm"
        className={classes.run ?? ""}
        leftSection={<IconPlayerPlayFilled size={14} aria-hidden />}
        {...(obstacle === null ? {} : { "data-disabled": true, "aria-disabled": true })}
        onClick={() => obstacle === null && onRun()}
      >
        Run
      </Button>
    </Tooltip>
  );
}

export function SettingsMenu({ settings }: { readonly settings: EditorSettingsStore }) {
  const { fontSizePx, wrapsLines, suggests } = useStore(settings);
  const step = (by: 1 | -1) => settings.setState({ fontSizePx: steppedFontSize(fontSizePx, by) });
  return (
    <Menu position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <Tooltip label="How the editor looks">
          <ActionIcon variant="subtle" color="gray" aria-label="Editor settings">
            <IconAdjustmentsHorizontal size={16} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Text size: {fontSizePx} px</Menu.Label>
        <Menu.Item leftSection={<IconPlus size={16} />} onClick={() => step(1)}>
          Larger text
        </Menu.Item>
        <Menu.Item leftSection={<IconMinus size={16} />} onClick={() => step(-1)}>
          Smaller text
        </Menu.Item>
        <Menu.Divider />
        <Toggle
          label="Wrap long lines"
          isOn={wrapsLines}
          onToggle={() => settings.setState({ wrapsLines: !wrapsLines })}
        />
        <Toggle
          label="Suggest while typing"
          isOn={suggests}
          onToggle={() => settings.setState({ suggests: !suggests })}
        />
      </Menu.Dropdown>
    </Menu>
  );
}

interface ToggleProps {
  readonly label: string;
  readonly isOn: boolean;
  readonly onToggle: () => void;
}

function Toggle({ label, isOn, onToggle }: ToggleProps) {
  return (
    <Menu.Item
      role="menuitemcheckbox"
      aria-checked={isOn}
      onClick={onToggle}
      rightSection={<span className={classes.state}>{isOn ? "On" : "Off"}</span>}
    >
      {label}
    </Menu.Item>
  );
}
