/** The lines of one run. Stays at the end unless the person scrolled up; draws again only what changed. */
import { memo, type UIEvent, useLayoutEffect, useRef, useState } from "react";
import type { OutputChunk } from "../../client/runs";
import { PLAIN, paletteColour, type TextStyle } from "./ansi";
import { type Block, type Line, OutputFeed, type Span } from "./lines";
import classes from "./Scrollback.module.css";

/** So close to the end counts as being there. */
const END_PX = 24;

export interface ScrollbackProps {
  /** Names the output: another name is another output. */
  readonly run: string;
  readonly output: readonly OutputChunk[];
}

export function Scrollback({ run, output }: ScrollbackProps) {
  const { blocks, dropped } = useLines(run, output);
  const box = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what moves the end
  useLayoutEffect(() => {
    if (isAtEnd && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [blocks, isAtEnd]);
  const onScroll = ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }: UIEvent) =>
    setAtEnd(scrollHeight - scrollTop - clientHeight < END_PX);
  return (
    <div className={classes.frame}>
      <div
        ref={box}
        role="log"
        aria-live="off"
        aria-label="What the program wrote"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        tabIndex={0}
        className={classes.lines}
        onScroll={onScroll}
      >
        {dropped > 0 && (
          <p className={classes.note}>
            {dropped.toLocaleString("en")} earlier lines are not shown. Copy gives you all of them.
          </p>
        )}
        {blocks.map((block) => (
          <BlockView key={block.number} block={block} />
        ))}
      </div>
      {!isAtEnd && (
        <button type="button" className={classes.toEnd} onClick={() => setAtEnd(true)}>
          To the end
        </button>
      )}
    </div>
  );
}

/** Feeds the parser what is new since the last drawing. */
function useLines(run: string, output: readonly OutputChunk[]) {
  const fed = useRef({ run, feed: new OutputFeed() });
  if (fed.current.run !== run) fed.current = { run, feed: new OutputFeed() };
  const lines = fed.current.feed.take(output);
  return { blocks: lines.blocks, dropped: lines.droppedLines };
}

const BlockView = memo(({ block }: { readonly block: Block }) => (
  <div className={classes.block}>
    {block.lines.map((line) => (
      <LineView key={line.number} line={line} />
    ))}
  </div>
));

const MARKS = { stdout: undefined, stderr: "error", stdin: "input" } as const;

const LineView = memo(({ line }: { readonly line: Line }) => {
  const { spans } = line;
  const [only] = spans;
  // Most lines are plain: one node each, since there may be thousands.
  if (spans.length <= 1 && (!only || isPlain(only)))
    return <div className={classes.line}>{`${only?.text ?? ""}\n`}</div>;
  const stream = spans.find((span) => span.stream !== "stdout")?.stream ?? "stdout";
  return (
    <div className={classes.line} data-mark={MARKS[stream]}>
      {spans.map((span, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: spans are only ever added at the end
        <SpanView key={index} span={span} />
      ))}
      {"\n"}
    </div>
  );
});

function isPlain({ stream, style }: Span): boolean {
  return stream === "stdout" && style === PLAIN;
}

function SpanView({ span: { text, style, stream } }: { readonly span: Span }) {
  const names = [classes[stream], ...flags(style)].filter(Boolean).join(" ");
  return (
    <span className={names} style={colours(style)}>
      {text}
    </span>
  );
}

function flags({ bold, dim, italic, underline, strike }: TextStyle): (string | undefined)[] {
  return [
    bold ? classes.bold : "",
    dim ? classes.dim : "",
    italic ? classes.italic : "",
    underline ? classes.underline : "",
    strike ? classes.strike : "",
  ];
}

function colours({ fg, bg, inverse }: TextStyle): React.CSSProperties | undefined {
  const [front, back] = inverse ? [bg, fg] : [fg, bg];
  const color = front === null ? (inverse ? "var(--vv-bg)" : undefined) : css(front);
  const backgroundColor = back === null ? (inverse ? "var(--vv-text)" : undefined) : css(back);
  return color === undefined && backgroundColor === undefined
    ? undefined
    : {
        ...(color === undefined ? {} : { color }),
        ...(backgroundColor === undefined ? {} : { backgroundColor }),
      };
}

/** The first sixteen are the theme's, so that they can be read on dark and on light. */
function css(colour: number | string): string {
  if (typeof colour === "string") return colour;
  return colour < 16 ? `var(--vv-ansi-${colour})` : paletteColour(colour);
}
