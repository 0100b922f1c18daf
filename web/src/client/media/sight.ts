/** Which pictures the page shows, and how large. Knows elements and no room. */
import type { TileSize } from "./view";

export class Sight {
  readonly #onChange: () => void;
  readonly #mids = new Map<Element, string>();
  readonly #sizes = new Map<string, TileSize>();
  readonly #observer = new ResizeObserver((entries) => this.#measured(entries));

  constructor(onChange: () => void) {
    this.#onChange = onChange;
    document.addEventListener("visibilitychange", this.#onChange);
  }

  /** The sizes of the tiles that are there, by the m-line of their picture; 0 by 0 where one is not shown. */
  get sizes(): ReadonlyMap<string, TileSize> {
    return this.#sizes;
  }

  /** A page behind another one, or in a window that is put away. */
  get isPageHidden(): boolean {
    return document.hidden;
  }

  /** `element` shows the picture of `mid`, until the returned function is called. */
  watch(element: Element, mid: string): () => void {
    this.#mids.set(element, mid);
    this.#observer.observe(element);
    return () => {
      this.#observer.unobserve(element);
      this.#mids.delete(element);
      this.#sizes.delete(mid);
      this.#onChange();
    };
  }

  close() {
    this.#observer.disconnect();
    document.removeEventListener("visibilitychange", this.#onChange);
  }

  #measured(entries: readonly ResizeObserverEntry[]) {
    for (const { target, contentRect } of entries) {
      const mid = this.#mids.get(target);
      if (mid === undefined) continue;
      const { width, height } = contentRect;
      this.#sizes.set(mid, { width: width * devicePixelRatio, height: height * devicePixelRatio });
    }
    this.#onChange();
  }
}
