/** Where a server's media can be reached, as its answer says. Pure. */

/** A port that a firewall would have to open. */
export interface MediaDoor {
  readonly protocol: "UDP" | "TCP";
  readonly host: string;
  readonly port: number;
}

/**
 * Whether a host's name or address is the machine's own, where some browsers (Firefox) make no media connections.
 * Source: RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3; the host as in `location.hostname`.
 */
export function isOwnMachine(host: string): boolean {
  return /^(.+\.)?localhost$|^127\.[\d.]+$|^\[::1\]$/.test(host);
}

/** Each once, UDP first. Source: RFC 8839 §5.1, the fields of a candidate. */
export function doorsIn(answer: string): readonly MediaDoor[] {
  const doors = new Map<string, MediaDoor>();
  for (const line of answer.split(/\r?\n/)) {
    if (!line.startsWith("a=candidate:")) continue;
    const [, , transport, , host, port] = line.split(" ");
    const protocol = transport?.toUpperCase();
    if ((protocol !== "UDP" && protocol !== "TCP") || !host || !port) continue;
    doors.set(`${protocol} ${host} ${port}`, { protocol, host, port: Number(port) });
  }
  return [...doors.values()].sort((a, b) => b.protocol.localeCompare(a.protocol));
}
