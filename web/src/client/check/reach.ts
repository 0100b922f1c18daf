/** Whether any of the ordinary ways reaches the server now, tried beside a call that goes another way. */
import { Peer } from "../media";
import type { CheckApi } from "./probe";

/** ICE over TCP through a relay may take some. */
const CONNECT_TIMEOUT_MS = 8_000;

/** Never rejects: a server that cannot be asked is not reached. */
export async function isReachable(
  api: CheckApi,
  relays: () => Promise<readonly RTCIceServer[]>,
): Promise<boolean> {
  let decide: (isOpen: boolean) => void = () => {};
  const decided = new Promise<boolean>((resolve) => {
    decide = resolve;
  });
  const onState = (state: RTCPeerConnectionState) => {
    if (state === "connected") decide(true);
    if (state === "failed") decide(false);
  };
  const peer = new Peer({ role: "candidate", relays, onState });
  const giveUp = setTimeout(() => decide(false), CONNECT_TIMEOUT_MS);
  try {
    const { check, answer } = await api.begin(await peer.offer());
    await peer.accept(answer);
    const isOpen = await decided;
    void api.end(check).catch(() => {}); // else it ends by itself
    return isOpen;
  } catch {
    return false;
  } finally {
    clearTimeout(giveUp);
    peer.close();
  }
}
