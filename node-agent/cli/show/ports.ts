import type { PortMapping } from "../client/shapes.ts";

/** `80-81/tcp, 0.0.0.0:443->443/tcp, 0.0.0.0:8080->80/tcp`: neighbours stand together where they keep their number outside. */
export function portsText(ports: readonly PortMapping[]): string {
  const groups = new Map<string, { ip: string; type: string; first: number; last: number }>();
  const done: string[] = [];
  const moved: string[] = [];
  for (const { IP = "", PrivatePort, PublicPort = 0, Type } of ports.toSorted(inOrder)) {
    if (PublicPort > 0 && PublicPort !== PrivatePort) {
      moved.push(`${host(IP)}:${PublicPort}->${PrivatePort}/${Type}`);
      continue;
    }
    const key = PublicPort > 0 ? `${IP}/${Type}` : Type;
    const group = groups.get(key);
    if (group !== undefined && PrivatePort === group.last + 1) group.last = PrivatePort;
    else {
      if (group !== undefined) done.push(groupText(group));
      groups.set(key, { ip: PublicPort > 0 ? IP : "", type: Type, first: PrivatePort, last: PrivatePort });
    }
  }
  const open = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => groupText(group));
  return [...done, ...open, ...moved].join(", ");
}

function inOrder(a: PortMapping, b: PortMapping): number {
  return (
    a.PrivatePort - b.PrivatePort ||
    (a.IP ?? "").localeCompare(b.IP ?? "") ||
    (a.PublicPort ?? 0) - (b.PublicPort ?? 0) ||
    a.Type.localeCompare(b.Type)
  );
}

function groupText({
  ip,
  type,
  first,
  last,
}: {
  ip: string;
  type: string;
  first: number;
  last: number;
}): string {
  const span = first === last ? String(first) : `${first}-${last}`;
  return `${ip === "" ? span : `${host(ip)}:${span}->${span}`}/${type}`;
}

function host(ip: string): string {
  return ip.includes(":") ? `[${ip}]` : ip;
}
