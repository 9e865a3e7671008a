import { isIP } from "node:net";
import { HubError } from "#shared/errors";
import type { Protocol } from "./network.ts";

/** What somebody wants published. */
export interface PortWish {
  protocol: Protocol;
  containerPort: number;
  /** "" is all addresses of the host, of both families. */
  hostAddress: string;
  /** The first and last of the host's ports that will do; 0 is any free one. */
  hostPorts: readonly [number, number];
}

/** Docker's `PortBindings`: by port and protocol, such as `80/tcp`. */
export type PortBindings = Readonly<Record<string, readonly { HostIp: string; HostPort: string }[]>>;

const invalid = (text: string) =>
  new HubError("invalid", `invalid port specification: ${JSON.stringify(text.slice(0, 100))}`);

/**
 * The ports that a container is to publish.
 *
 * @param exposed what the container says it serves, as `80/tcp`, `53/udp` or `8000-8010`.
 * @param publishAll publishes those too, on any free ports.
 * @throws HubError `invalid` for what is no port or address, `unsupported` for other protocols.
 */
export function portWishes(
  bindings: PortBindings,
  exposed: readonly string[],
  publishAll: boolean,
): PortWish[] {
  const asked = Object.entries(bindings).flatMap(([key, values]) =>
    containerPorts(key).flatMap(({ port, protocol }) =>
      values.map(({ HostIp, HostPort }): PortWish => ({
        protocol,
        containerPort: port,
        hostAddress: addressOf(HostIp),
        hostPorts: rangeOf(HostPort || "0"),
      })),
    ),
  );
  if (!publishAll) return asked;
  const isAsked = (port: number, protocol: Protocol) =>
    asked.some((wish) => wish.containerPort === port && wish.protocol === protocol);
  const others = exposed.flatMap(containerPorts).filter(({ port, protocol }) => !isAsked(port, protocol));
  return [
    ...asked,
    ...others.map(({ port, protocol }): PortWish => ({
      protocol,
      containerPort: port,
      hostAddress: "",
      hostPorts: [0, 0],
    })),
  ];
}

/** The ports of a key such as `80`, `53/udp` or `8000-8010/tcp`. @throws HubError `invalid`, `unsupported`. */
export function containerPorts(key: string): { port: number; protocol: Protocol }[] {
  const [ports = "", protocol = "tcp", ...rest] = key.split("/");
  if (rest.length > 0) throw invalid(key);
  if (protocol !== "tcp" && protocol !== "udp")
    throw new HubError(
      "unsupported",
      `ports are published for tcp and udp, not for ${protocol.slice(0, 20)}`,
    );
  const [first, last] = rangeOf(ports);
  if (first === 0) throw invalid(key);
  return Array.from({ length: last - first + 1 }, (_, i) => ({ port: first + i, protocol }));
}

function rangeOf(text: string): readonly [number, number] {
  const [, from = "", to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (from === "" || first > last || last > 65_535 || (first === 0 && last > 0)) throw invalid(text);
  return [first, last];
}

function addressOf(text: string): string {
  const address = text.replace(/^\[(.*)\]$/, "$1");
  if (address === "" || (isIP(address) > 0 && !address.includes("%"))) return address;
  throw new HubError("invalid", `invalid IP address: ${text.slice(0, 100)}`);
}
