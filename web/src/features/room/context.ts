/** The room's session and view, at hand for every part of the room. */
import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { DevicesState } from "../../state/devices";
import type { RoomState } from "../../state/room";
import type { RoomSession } from "../../state/session";
import { useFlat } from "../../state/use-flat";
import { isApple } from "./shortcuts";
import type { View, ViewStore } from "./view";

interface RoomParts {
  readonly session: RoomSession;
  readonly view: ViewStore;
}

export const RoomContext = createContext<RoomParts | null>(null);

export function useParts(): RoomParts {
  const parts = useContext(RoomContext);
  if (parts === null) throw new Error("a part of the room was rendered outside of it");
  return parts;
}

export function useSession(): RoomSession {
  return useParts().session;
}

export function useRoom<T>(select: (room: RoomState) => T): T {
  return useStore(useSession().store, useFlat(select));
}

export function useDevices<T>(select: (devices: DevicesState) => T): T {
  return useStore(useSession().devices.store, useFlat(select));
}

export function useView<T>(select: (view: View) => T): T {
  return useStore(useParts().view, useFlat(select));
}

export const IS_APPLE = isApple(navigator.platform);
