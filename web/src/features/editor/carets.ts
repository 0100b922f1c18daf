/**
 * Other people's cursors and selections, drawn in layers over and under the text: the text itself stays
 * untouched, so that copying, input methods and screen readers never meet them. Names fade after a moment.
 */
import {
  type ChangeSet,
  type Extension,
  StateEffect,
  StateField,
  type Transaction,
} from "@codemirror/state";
import { type EditorView, layer, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { ySyncAnnotation } from "y-codemirror.next";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { caretMarkers, rangeMarkers, type ShownSelection } from "./caret-markers";
import { cursorOf, isSameCursor, PUBLISH_INTERVAL_MS, peersOf, selectionIn } from "./presence";

export interface CaretsOptions {
  readonly awareness: Awareness;
  readonly text: Y.Text;
  readonly file: string;
}

/** Shows the others in this file, and tells them where we are. */
export function remoteCarets(options: CaretsOptions): Extension {
  return [
    selections,
    ViewPlugin.define((view) => new Listener(view, options)),
    ViewPlugin.define((view) => new Publisher(view, options)),
    layer({
      above: true,
      class: "vv-carets",
      update: hasChanged,
      markers: (view) => view.state.field(selections).flatMap((one) => caretMarkers(view, one)),
    }),
    layer({
      above: false,
      class: "vv-selections",
      update: hasChanged,
      markers: (view) => view.state.field(selections).flatMap((one) => rangeMarkers(view, one)),
    }),
  ];
}

const setSelections = StateEffect.define<readonly ShownSelection[]>();

/** Between two presence messages the selections move with the text. */
const selections = StateField.define<readonly ShownSelection[]>({
  create: () => [],
  update: (shown, transaction) => {
    const set = transaction.effects.find((effect) => effect.is(setSelections));
    if (set) return set.value;
    if (!transaction.docChanged || shown.length === 0) return shown;
    return shown.map((one) => moved(one, transaction));
  },
});

/** Whoever types stays at the same place in the text, so presence is silent: their edit tells that they moved. */
function moved(one: ShownSelection, transaction: Transaction): ShownSelection {
  const { changes } = transaction;
  const at = (position: number) => changes.mapPos(Math.min(position, changes.length), 1);
  const head = at(one.head);
  const isTheirs = transaction.annotation(ySyncAnnotation) !== undefined;
  const movedAt = isTheirs && endsOf(changes).includes(head) ? performance.now() : one.movedAt;
  return { ...one, anchor: at(one.anchor), head, movedAt };
}

function endsOf(changes: ChangeSet): number[] {
  const ends: number[] = [];
  changes.iterChanges((_fromA, _toA, _fromB, toB) => ends.push(toB));
  return ends;
}

function hasChanged(update: ViewUpdate): boolean {
  return (
    update.docChanged ||
    update.viewportChanged ||
    update.startState.field(selections) !== update.state.field(selections)
  );
}

/** Brings awareness into the editor's state. */
class Listener {
  readonly #view: EditorView;
  readonly #options: CaretsOptions;
  #scheduled = false;
  #isDestroyed = false;

  constructor(view: EditorView, options: CaretsOptions) {
    this.#view = view;
    this.#options = options;
    options.awareness.on("change", this.#onChange);
    this.#onChange();
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#options.awareness.off("change", this.#onChange);
  }

  /** Awareness may speak in the middle of an editor update, when the editor takes no new one. */
  readonly #onChange = () => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#isDestroyed) this.#show();
    });
  };

  #show(): void {
    const before = this.#view.state.field(selections);
    const after = this.#current(before);
    if (after.length === 0 && before.length === 0) return;
    this.#view.dispatch({ effects: setSelections.of(after) });
  }

  #current(before: readonly ShownSelection[]): ShownSelection[] {
    const { awareness, text } = this.#options;
    const length = this.#view.state.doc.length;
    return peersOf(awareness).flatMap((peer) => {
      const found = selectionIn(text, peer);
      if (!found) return [];
      const old = before.find((one) => one.peer.client === peer.client);
      const isStill = old && isSameCursor(old.peer.cursor, peer.cursor);
      return {
        ...found,
        anchor: Math.min(found.anchor, length),
        head: Math.min(found.head, length),
        movedAt: isStill ? old.movedAt : performance.now(),
      };
    });
  }
}

/** Tells the others where our cursor is; a place in the text that only moved with it is no news. */
class Publisher {
  readonly #view: EditorView;
  readonly #options: CaretsOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #publishedAt = Number.NEGATIVE_INFINITY;

  constructor(view: EditorView, options: CaretsOptions) {
    this.#view = view;
    this.#options = options;
    this.#schedule();
  }

  update(update: ViewUpdate): void {
    if (update.selectionSet || update.docChanged || update.focusChanged) this.#schedule();
  }

  destroy(): void {
    clearTimeout(this.#timer);
    const { awareness, file } = this.#options;
    if (awareness.getLocalState()?.cursor?.file === file)
      awareness.setLocalStateField("cursor", null);
  }

  #schedule(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#publishedAt + PUBLISH_INTERVAL_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#publish();
    }, wait);
  }

  #publish(): void {
    const { awareness, text, file } = this.#options;
    const local = awareness.getLocalState();
    // Whoever has not been in the text has no place in it; whoever looks away keeps theirs.
    if (!local || !this.#view.hasFocus) return;
    const { anchor, head } = this.#view.state.selection.main;
    const cursor = cursorOf(text, file, anchor, head);
    if (isSameCursor(local.cursor, cursor)) return;
    this.#publishedAt = performance.now();
    awareness.setLocalStateField("cursor", cursor);
  }
}
