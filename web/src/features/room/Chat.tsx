import { ActionIcon, Textarea } from "@mantine/core";
import { IconMessageCircle, IconSend2 } from "@tabler/icons-react";
import { type FormEvent, Fragment, type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { ChatLine } from "../../client/signaling";
import { formatTime } from "../../ui";
import classes from "./Chat.module.css";
import { useParts, useRoom } from "./context";
import { partsOf } from "./links";

const LENGTH_MAX = 4_000;
/** Lines of one person within this time stand under one name. */
const SAME_BREATH_MS = 120_000;
/** So close to the end the list keeps following what is new. */
const NEAR_END_PX = 80;

export function Chat() {
  const { view } = useParts();
  const count = useRoom((room) => room.chat.length);
  useEffect(() => view.setState({ chatSeen: count }), [view, count]);
  return (
    <div className={classes.chat}>
      <Lines />
      <Composer />
    </div>
  );
}

function Lines() {
  const { chat, colors, outgoing } = useRoom((room) => ({
    chat: room.chat,
    colors: room.participants,
    outgoing: room.outgoing,
  }));
  const list = useRef<HTMLUListElement>(null);
  const isFollowing = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs for each new line
  useEffect(() => {
    if (isFollowing.current) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [chat, outgoing]);
  const note = () => {
    const { scrollHeight, scrollTop, clientHeight } = list.current ?? document.body;
    isFollowing.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  };
  return (
    <div className={classes.well}>
      <ul
        ref={list}
        className={classes.lines}
        aria-label="Chat"
        aria-live="polite"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        onScroll={note}
      >
        {chat.map((line, index) => (
          <Line
            key={line.id}
            line={line}
            color={colors.find(({ id }) => id === line.participant)?.color}
            isContinued={continues(chat[index - 1], line)}
          />
        ))}
        {outgoing.map(({ id, text }) => (
          <li key={id} className={classes.line} data-waiting>
            <div className={classes.head}>Sending…</div>
            <div className={classes.text}>{text}</div>
          </li>
        ))}
      </ul>
      {chat.length + outgoing.length === 0 && (
        <div className={classes.empty}>
          <IconMessageCircle size={22} stroke={1.5} aria-hidden="true" />
          Links and snippets go here. Everybody in the room reads along.
        </div>
      )}
    </div>
  );
}

interface LineProps {
  readonly line: ChatLine;
  readonly color: string | undefined;
  readonly isContinued: boolean;
}

function Line({ line, color, isContinued }: LineProps) {
  return (
    <li className={classes.line} data-continued={isContinued || undefined}>
      {!isContinued && (
        <div className={classes.head}>
          <span className={classes.name} style={{ "--person": color } as React.CSSProperties}>
            {line.name}
          </span>
          <time className="vv-number" dateTime={new Date(line.at).toISOString()}>
            {formatTime(line.at)}
          </time>
        </div>
      )}
      <div className={classes.text}>
        <Text text={line.text} />
      </div>
    </li>
  );
}

/** An address leads where it says: its words are the address itself. */
function Text({ text }: { readonly text: string }) {
  return partsOf(text).map(({ at, words, isLink }) =>
    isLink ? (
      <a key={at} href={words} target="_blank" rel="noopener noreferrer">
        {words}
      </a>
    ) : (
      <Fragment key={at}>{words}</Fragment>
    ),
  );
}

function Composer() {
  const { session } = useParts();
  const mayWrite = useRoom((room) => room.rights.has("write_chat"));
  const [text, setText] = useState("");
  if (!mayWrite) return <p className={classes.silent}>Observers read along.</p>;
  const send = (event?: FormEvent) => {
    event?.preventDefault();
    const trimmed = text.trim();
    if (trimmed !== "" && session.sendChat(trimmed)) setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form className={classes.composer} onSubmit={send}>
      <Textarea
        aria-label="Message"
        placeholder="Message to everybody"
        value={text}
        maxLength={LENGTH_MAX}
        autosize
        minRows={1}
        maxRows={6}
        size="sm"
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <ActionIcon
        type="submit"
        size={36}
        aria-label="Send"
        disabled={text.trim() === ""}
        variant="filled"
      >
        <IconSend2 size={18} stroke={1.8} />
      </ActionIcon>
    </form>
  );
}

function continues(before: ChatLine | undefined, line: ChatLine): boolean {
  return before?.participant === line.participant && line.at - before.at < SAME_BREATH_MS;
}
