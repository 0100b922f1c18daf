/**
 * Other people's cursors and selections, drawn in layers over and under the text: the text itself stays
 * untouched, so that copying, input methods and screen readers never meet them. Names fade after a moment.
 */
import {
  type ChangeSet,
  EditorSelection,
  type Extension,
  StateEffect,
  StateField,
  type Transaction,
} from "@codemirror/state";
import {
  type EditorView,
  type LayerMarker,
  layer,
  RectangleMarker,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import { ySyncAnnotation } from "y-codemirror.next";
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import {
  cursorOf,
  isSameCursor,
  type PeerSelection,
  PUBLISH_INTERVAL_MS,
  peersOf,
  selectionIn,
} from "./presence";

/** Room that a name needs right of its cursor before it is drawn to the left. */
const NAME_WIDTH_PX = 120;
const NAME_HEIGHT_PX = 18;

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

interface ShownSelection extends PeerSelection {
  /** When the person last moved, by our monotonic clock. */
  readonly movedAt: number;
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

function caretMarkers(view: EditorView, shown: ShownSelection): LayerMarker[] {
  const at = EditorSelection.cursor(shown.head);
  return RectangleMarker.forRange(view, "vv-caret", at).map(
    (place) => new CaretMarker(shown, place, view.scrollDOM.clientWidth),
  );
}

function rangeMarkers(view: EditorView, shown: ShownSelection): LayerMarker[] {
  if (shown.anchor === shown.head) return [];
  const range = EditorSelection.range(shown.anchor, shown.head);
  return RectangleMarker.forRange(view, "vv-range", range).map(
    (place) => new RangeMarker(shown.peer.color, place),
  );
}

class CaretMarker implements LayerMarker {
  constructor(
    readonly shown: ShownSelection,
    readonly place: RectangleMarker,
    readonly width: number,
  ) {}

  eq(other: LayerMarker): boolean {
    return (
      other instanceof CaretMarker &&
      this.place.eq(other.place) &&
      this.shown.movedAt === other.shown.movedAt &&
      this.shown.peer.client === other.shown.peer.client &&
      this.shown.peer.name === other.shown.peer.name &&
      this.shown.peer.color === other.shown.peer.color
    );
  }

  draw(): HTMLElement {
    const caret = document.createElement("div");
    caret.append(this.#label());
    this.#moveTo(caret);
    return caret;
  }

  update(caret: HTMLElement, old: LayerMarker): boolean {
    if (!(old instanceof CaretMarker) || old.shown.peer.client !== this.shown.peer.client)
      return false;
    if (old.shown.movedAt !== this.shown.movedAt || old.shown.peer.name !== this.shown.peer.name)
      caret.replaceChildren(this.#label());
    this.#moveTo(caret);
    return true;
  }

  /** A label drawn late goes on fading where it would be, instead of starting anew. */
  #label(): HTMLElement {
    const label = document.createElement("span");
    label.className = "vv-caret-name";
    label.textContent = this.shown.peer.name;
    label.style.animationDelay = `${Math.round(this.shown.movedAt - performance.now())}ms`;
    return label;
  }

  #moveTo(caret: HTMLElement): void {
    const { left, top, height } = this.place;
    caret.className = "vv-caret";
    caret.classList.toggle("vv-caret-below", top < NAME_HEIGHT_PX);
    caret.classList.toggle("vv-caret-left", left > this.width - NAME_WIDTH_PX);
    caret.style.left = `${left}px`;
    caret.style.top = `${top}px`;
    caret.style.height = `${height}px`;
    caret.style.setProperty("--vv-person", this.shown.peer.color);
    caret.style.setProperty("--vv-person-ink", inkOn(this.shown.peer.color));
  }
}

class RangeMarker implements LayerMarker {
  constructor(
    readonly color: string,
    readonly place: RectangleMarker,
  ) {}

  eq(other: LayerMarker): boolean {
    return other instanceof RangeMarker && this.place.eq(other.place) && this.color === other.color;
  }

  draw(): HTMLElement {
    const range = this.place.draw();
    range.style.setProperty("--vv-person", this.color);
    return range;
  }
}

/** Black or white, whichever reads better on a colour (WCAG 2.2 relative luminance). */
export function inkOn(color: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) ? "#000000" : "#ffffff";
}
