/** How this person has arranged their room. Remembered on this device. */
import { createStore, type StoreApi } from "zustand/vanilla";

export type Mode = "talk" | "code";
export type Side = "chat" | "people";

export interface View {
  readonly mode: Mode;
  readonly side: Side | null;
  readonly isBriefOpen: boolean;
  readonly isHelpOpen: boolean;
  /** Whose cursor is kept in sight. */
  readonly follow: string | null;
  /** How many chat lines were there when the chat was last in sight. */
  readonly chatSeen: number;
}

export type ViewStore = StoreApi<View>;

const KEY = "vivavoce:view";
/** Below this width the brief starts closed: the editor needs the room. */
const BRIEF_OPEN_FROM_PX = 1200;

type Kept = Pick<View, "mode" | "side" | "isBriefOpen">;

export function createView(width: number): ViewStore {
  const start: Kept = { mode: "code", side: "chat", isBriefOpen: width >= BRIEF_OPEN_FROM_PX };
  const store = createStore<View>(() => ({
    ...start,
    ...read(),
    isHelpOpen: false,
    follow: null,
    chatSeen: 0,
  }));
  store.subscribe(({ mode, side, isBriefOpen }) => write({ mode, side, isBriefOpen }));
  return store;
}

/** Opens the side, or closes it if it is the open one. */
export function toggleSide(view: ViewStore, side: Side) {
  view.setState({ side: view.getState().side === side ? null : side });
}

export function toggleMode(view: ViewStore) {
  view.setState({ mode: view.getState().mode === "code" ? "talk" : "code" });
}

/** Chat lines that came while the chat was out of sight; one's own do not count. */
export function unreadOf(
  view: Pick<View, "chatSeen">,
  chat: readonly { readonly participant: string }[],
  you: string,
): number {
  return chat.slice(view.chatSeen).filter(({ participant }) => participant !== you).length;
}

function read(): Partial<Kept> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Kept>;
  } catch {
    return {};
  }
}

function write(view: Kept) {
  try {
    localStorage.setItem(KEY, JSON.stringify(view));
  } catch {
    // Forbidden or full: it holds until the page goes.
  }
}
