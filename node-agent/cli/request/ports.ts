import { refuse } from "./refuse.ts";

export interface PortBinding {
  HostIp: string;
  /** Empty: any free one; `8000-8010`: any free one of these. */
  HostPort: string;
}

/** A published port of a container: `80/tcp`. */
export interface PublishedPort {
  port: string;
  binding: PortBinding;
}

const form = "[[ip:]host port:]container port[/tcp|udp|sctp], each also a range such as 8000-8010";

/**
 * `-p 8080:80`, `-p 127.0.0.1:8000-8010:80-90/udp`, `-p [::1]::80`, `-p published=8080,target=80,protocol=udp`.
 *
 * @throws CommandError.
 */
export function parsePublished(text: string): PublishedPort[] {
  const short = /^\w+=/.test(text) ? shortForm(text) : text;
  const found =
    /^(?:(?:\[([\da-f:.]+)\]|(\d+(?:\.\d+){3})):)?(?:(\d*(?:-\d+)?):)?(\d+(?:-\d+)?)(?:\/(\w+))?$/i.exec(
      short,
    );
  if (found === null) throw refuse("-p", text, form);
  const [, six, four, host = "", inside = "", protocol = "tcp"] = found;
  if (!["tcp", "udp", "sctp"].includes(protocol.toLowerCase())) throw refuse("-p", text, form);
  const ip = six ?? four ?? "";
  const targets = range(text, inside);
  const hosts = host === "" ? [] : range(text, host);
  if (hosts.length > 0 && targets.length > 1 && hosts.length !== targets.length)
    throw refuse("-p", text, `${form}; both ranges have the same length`);
  return targets.map((target, at) => ({
    port: `${target}/${protocol.toLowerCase()}`,
    binding: {
      HostIp: ip,
      HostPort: hosts.length > 1 && targets.length === 1 ? host : String(hosts[at] ?? ""),
    },
  }));
}

/** `--expose 80`, `--expose 8000-8010/udp`. @throws CommandError. */
export function parseExposed(text: string): string[] {
  const [, ports = "", protocol = "tcp"] = /^(\d+(?:-\d+)?)(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  if (ports === "") throw refuse("--expose", text, "80, 8000-8010 or 53/udp");
  return range(text, ports).map((port) => `${port}/${protocol.toLowerCase()}`);
}

function range(text: string, ports: string): number[] {
  const [first = 0, last = first] = ports.split("-").map(Number);
  if (first > last || last > 65_535 || (first === 0 && last > 0)) throw refuse("-p", text, form);
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

function shortForm(text: string): string {
  const fields = new Map(text.split(",").map((field) => field.split("=", 2) as [string, string]));
  const known = ["published", "target", "protocol", "host_ip", "mode", "name", "app_protocol"];
  if (!fields.has("target") || [...fields.keys()].some((name) => !known.includes(name)))
    throw refuse("-p", text, "published=8080,target=80,protocol=tcp,host_ip=127.0.0.1");
  const ip = fields.get("host_ip");
  const shown = ip === undefined ? "" : `${ip.includes(":") ? `[${ip}]` : ip}:`;
  return `${shown}${fields.get("published") ?? ""}:${fields.get("target")}/${fields.get("protocol") ?? "tcp"}`;
}
