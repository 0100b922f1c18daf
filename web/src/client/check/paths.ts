/** The ways by which a call can reach the server, and how a peer is held to one of them. Pure. */

/** `tls` is a relay that looks like any secure web page. */
export type PathKind = "udp" | "tcp" | "tls";

export const PATHS: readonly PathKind[] = ["udp", "tcp", "tls"];

/** Which of them the server offers: by the addresses in its answer, and by its relays. */
export function offeredPaths(
  answer: string,
  iceServers: readonly RTCIceServer[],
): ReadonlySet<PathKind> {
  const protocols = new Set(candidatesIn(answer).map(protocolOf));
  const isOffered: Record<PathKind, boolean> = {
    udp: protocols.has("udp"),
    tcp: protocols.has("tcp"),
    tls: tlsRelays(iceServers).length > 0,
  };
  return new Set(PATHS.filter((path) => isOffered[path]));
}

/** The server's answer without the addresses of other paths. A relay reaches any of them. */
export function answerFor(path: PathKind, answer: string): string {
  if (path === "tls") return answer;
  return linesOf(answer)
    .filter((line) => !isCandidate(line) || protocolOf(line) === path)
    .join("\r\n");
}

/** What the peer is made with. */
export function configurationFor(
  path: PathKind,
  iceServers: readonly RTCIceServer[],
): RTCConfiguration {
  if (path !== "tls") return {};
  return { iceServers: [...tlsRelays(iceServers)], iceTransportPolicy: "relay" };
}

function tlsRelays(iceServers: readonly RTCIceServer[]): readonly RTCIceServer[] {
  return iceServers.flatMap((server) => {
    const urls = [server.urls].flat().filter((url) => url.startsWith("turns:"));
    return urls.length > 0 ? [{ ...server, urls }] : [];
  });
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

/** Source: RFC 8839 §5.1, the third field is the transport. */
function protocolOf(candidate: string): string {
  return candidate.split(" ")[2]?.toLowerCase() ?? "";
}
