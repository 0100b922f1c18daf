/** Where a server's media can be reached, as its answer says. Pure. */

/** A port that a firewall would have to open. */
export interface MediaDoor {
  readonly protocol: "UDP" | "TCP";
  readonly host: string;
  readonly port: number;
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
