/** The brief as people read it. Text nodes only: nothing that is typed becomes markup. */
import { Fragment, useMemo } from "react";
import { type Block, type Inline, type ListItem, parseMarkdown } from "./markdown";
import classes from "./Rendered.module.css";

export function Rendered({ source }: { readonly source: string }) {
  const blocks = useMemo(() => parseMarkdown(source), [source]);
  return (
    <article className={classes.text}>
      <Blocks blocks={blocks} />
    </article>
  );
}

/* The index is a block's only identity, and drawing them anew is harmless: nothing in them has state. */
function Blocks({ blocks }: { readonly blocks: readonly Block[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: see above
  return blocks.map((block, index) => <BlockView key={index} block={block} />);
}

function BlockView({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case "heading": {
      // The page's own headings come first: the brief's begin below them.
      const Heading = (["h3", "h4", "h5", "h6"] as const)[block.level - 1] ?? "h6";
      return (
        <Heading data-level={block.level}>
          <Inlines parts={block.content} />
        </Heading>
      );
    }
    case "list":
      return <List isOrdered={block.isOrdered} items={block.items} />;
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it may scroll, so the keyboard must reach it
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case "rule":
      return <hr />;
    case "quote":
      return (
        <blockquote>
          <Inlines parts={block.content} />
        </blockquote>
      );
    case "paragraph":
      return (
        <p>
          <Inlines parts={block.content} />
        </p>
      );
  }
}

function List({ isOrdered, items }: { isOrdered: boolean; items: readonly ListItem[] }) {
  const Tag = isOrdered ? "ol" : "ul";
  return (
    <Tag>
      {items.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: see Blocks
        <li key={index}>
          <Inlines parts={item.content} />
          <Blocks blocks={item.items} />
        </li>
      ))}
    </Tag>
  );
}

function Inlines({ parts }: { readonly parts: readonly Inline[] }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: see Blocks
  return parts.map((part, index) => <InlineView key={index} part={part} />);
}

function InlineView({ part }: { readonly part: Inline }) {
  switch (part.kind) {
    case "text":
      return <Fragment>{part.text}</Fragment>;
    case "code":
      return <code>{part.text}</code>;
    case "strong":
      return (
        <strong>
          <Inlines parts={part.children} />
        </strong>
      );
    case "emphasis":
      return (
        <em>
          <Inlines parts={part.children} />
        </em>
      );
  }
}
