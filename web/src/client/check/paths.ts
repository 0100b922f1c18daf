/** The ways by which a call can reach the server, and how a peer is held to one of them. Pure. */

/** `tls` is a relay that looks like any secure web page, `relay` a TURN server beside this one that does not. */
export type PathKind = "udp" | "tcp" | "tls" | "relay";

export const PATHS: readonly PathKind[] = ["udp", "tcp", "tls", "relay"];

/** Which of them the server offers: by the addresses in its answer, and by its relays. */
export function offeredPaths(
  answer: string,
  iceServers: readonly RTCIceServer[],
): ReadonlySet<PathKind> {
  const protocols = new Set(candidatesIn(answer).map(protocolOf));
  const isOffered: Record<PathKind, boolean> = {
    udp: protocols.has("udp"),
    tcp: protocols.has("tcp"),
    tls: relaysFor("tls", answer, iceServers).length > 0,
    relay: relaysFor("relay", answer, iceServers).length > 0,
  };
  return new Set(PATHS.filter((path) => isOffered[path]));
}

/** The server's answer without the addresses of other paths. A relay reaches any of them. */
export function answerFor(path: PathKind, answer: string): string {
  if (isRelayed(path)) return answer;
  return linesOf(answer)
    .filter((line) => !isCandidate(line) || protocolOf(line) === path)
    .join("\r\n");
}

/** What the peer is made with; `relays` are those of the path. */
export function configurationFor(
  path: PathKind,
  relays: readonly RTCIceServer[],
): RTCConfiguration {
  return isRelayed(path) ? { iceServers: [...relays], iceTransportPolicy: "relay" } : {};
}

/** Those of the server's relays that belong to the path. One at an address of its answer is as open as that address. */
export function relaysFor(
  path: PathKind,
  answer: string,
  iceServers: readonly RTCIceServer[],
): readonly RTCIceServer[] {
  const own = new Set(candidatesIn(answer).map(placeOf));
  const belongs: Record<PathKind, (url: string) => boolean> = {
    udp: () => false,
    tcp: () => false,
    tls: (url) => url.startsWith("turns:"),
    relay: (url) => url.startsWith("turn:") && !own.has(url.replace(/^turn:|\?.*/g, "")),
  };
  return iceServers.flatMap((server) => {
    const urls = [server.urls].flat().filter(belongs[path]);
    return urls.length > 0 ? [{ ...server, urls }] : [];
  });
}

function isRelayed(path: PathKind): boolean {
  return path === "tls" || path === "relay";
}

function linesOf(sdp: string): readonly string[] {
  return sdp.split(/\r?\n/);
}

function candidatesIn(sdp: string): readonly string[] {
  return linesOf(sdp).filter(isCandidate);
}

function isCandidate(line: string): boolean {
  return line.startsWith("a=candidate:");
}

/** `HOST:PORT` as in a URL. Source: RFC 8839 §5.1, the fifth and sixth fields. */
function placeOf(candidate: string): string {
  const [, , , , host = "", port = ""] = candidate.split(" ");
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Source: RFC 8839 §5.1, the third field is the transport. */
function protocolOf(candidate: string): string {
  return candidate.split(" ")[2]?.toLowerCase() ?? "";
}
