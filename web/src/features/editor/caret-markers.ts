/** Cursors and selections of others as marks over and under the text. Knows where they are, not why. */
import { EditorSelection } from "@codemirror/state";
import { type EditorView, type LayerMarker, RectangleMarker } from "@codemirror/view";
import type { PeerSelection } from "./presence";

/** Room that a name needs right of its cursor before it is drawn to the left. */
const NAME_WIDTH_PX = 120;
const NAME_HEIGHT_PX = 18;

export interface ShownSelection extends PeerSelection {
  /** When the person last moved, by our monotonic clock. */
  readonly movedAt: number;
}

export function caretMarkers(view: EditorView, shown: ShownSelection): LayerMarker[] {
  const at = EditorSelection.cursor(shown.head);
  return RectangleMarker.forRange(view, "vv-caret", at).map(
    (place) => new CaretMarker(shown, place, view.scrollDOM.clientWidth),
  );
}

export function rangeMarkers(view: EditorView, shown: ShownSelection): LayerMarker[] {
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
