import { createHash } from "node:crypto";
import type { ContainerRecord } from "../../containers/index.ts";
import {
  containerPorts,
  type Endpoint,
  type EndpointWish,
  type Networks,
  type Sandbox,
} from "../../networks/index.ts";
import { networkKind, networkPlan } from "../container-network.ts";

/** Docker's `EndpointSettings` of a container on one network. */
function endpointShape(
  record: ContainerRecord,
  named: boolean,
  wish: EndpointWish,
  networkId: string,
  endpoint?: Endpoint,
) {
  const { address, address6 } = wish;
  const short = record.id.slice(0, 12);
  const aliases = named ? [...new Set([...(wish.aliases ?? []), short])] : null;
  const names = [record.name, ...(aliases ?? []), record.config.Hostname].filter(Boolean);
  return {
    IPAMConfig:
      address === undefined && address6 === undefined
        ? null
        : {
            ...(address === undefined ? {} : { IPv4Address: address }),
            ...(address6 === undefined ? {} : { IPv6Address: address6 }),
          },
    Links: null,
    Aliases: aliases,
    MacAddress: endpoint?.mac ?? wish.mac ?? "",
    DriverOpts: null,
    GwPriority: 0,
    NetworkID: networkId,
    EndpointID: endpoint?.id ?? "",
    Gateway: endpoint?.gateway ?? "",
    IPAddress: endpoint?.address ?? "",
    IPPrefixLen: endpoint?.prefix ?? 0,
    IPv6Gateway: endpoint?.gateway6 ?? "",
    GlobalIPv6Address: endpoint?.address6 ?? "",
    GlobalIPv6PrefixLen: endpoint?.prefix6 ?? 0,
    DNSNames: named ? [...new Set(names)] : null,
  };
}

/** The networks of a container by name, as it runs, or as it is to be. */
export function endpointShapes(
  record: ContainerRecord,
  networks: Networks,
): Record<string, ReturnType<typeof endpointShape>> {
  const kind = networkKind(record);
  if (kind.kind === "container") return {};
  const sandbox = networks.of(record.id);
  if (kind.kind === "own" && sandbox !== undefined)
    return Object.fromEntries(
      sandbox.endpoints.map((endpoint) => {
        const { name, id } = networks.inspect(endpoint.network);
        return [name, endpointShape(record, name !== "bridge", endpoint.wish, id, endpoint)];
      }),
    );
  const wishes = kind.kind === "own" ? networks.wishesOf(networkPlan(record)) : { [kind.kind]: {} };
  return Object.fromEntries(
    Object.entries(wishes).map(([name, wish]) => {
      const network = networks.list().find((one) => one.name === name || one.id === name);
      const named = (network?.name ?? name) !== "bridge" && kind.kind === "own";
      const ran = record.state.startedAt > 0;
      return [network?.name ?? name, endpointShape(record, named, wish, ran ? (network?.id ?? "") : "")];
    }),
  );
}

/** `NetworkSettings` of `GET /containers/{id}/json`. */
export function networkSettings(record: ContainerRecord, networks: Networks) {
  const sandbox = networks.of(record.id);
  const all = endpointShapes(record, networks);
  // Beside the networks, once more, what is on the default one: older clients look there.
  const { bridge } = all;
  return {
    Bridge: "",
    SandboxID: sandbox === undefined ? "" : createHash("sha256").update(sandbox.namespace).digest("hex"),
    SandboxKey: sandbox?.namespace ?? "",
    Ports: sandbox === undefined ? {} : portMap(record, sandbox),
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: bridge?.EndpointID ?? "",
    Gateway: bridge?.Gateway ?? "",
    GlobalIPv6Address: bridge?.GlobalIPv6Address ?? "",
    GlobalIPv6PrefixLen: bridge?.GlobalIPv6PrefixLen ?? 0,
    IPAddress: bridge?.IPAddress ?? "",
    IPPrefixLen: bridge?.IPPrefixLen ?? 0,
    IPv6Gateway: bridge?.IPv6Gateway ?? "",
    MacAddress: bridge?.MacAddress ?? "",
    Networks: all,
  };
}

function portMap({ config }: ContainerRecord, { ports }: Sandbox) {
  const exposed = Object.keys(config.ExposedPorts)
    .flatMap(containerPorts)
    .map(({ port, protocol }) => [`${port}/${protocol}`, null] as const);
  const published = Object.groupBy(ports, ({ containerPort, protocol }) => `${containerPort}/${protocol}`);
  const bindings = Object.entries(published).map(
    ([key, found = []]) =>
      [
        key,
        found.map(({ hostAddress, hostPort }) => ({ HostIp: hostAddress, HostPort: String(hostPort) })),
      ] as const,
  );
  return Object.fromEntries([...exposed, ...bindings]);
}

/** `Ports` of a line of `GET /containers/json`. */
export function portLines({ id, config }: ContainerRecord, networks: Networks) {
  const sandbox = networks.of(id);
  if (sandbox === undefined) return [];
  const published = sandbox.ports.map(({ protocol, containerPort, hostAddress, hostPort }) => ({
    IP: hostAddress,
    PrivatePort: containerPort,
    PublicPort: hostPort,
    Type: protocol,
  }));
  const others = Object.keys(config.ExposedPorts)
    .flatMap(containerPorts)
    .filter(
      ({ port, protocol }) => !published.some((one) => one.PrivatePort === port && one.Type === protocol),
    );
  return [...published, ...others.map(({ port, protocol }) => ({ PrivatePort: port, Type: protocol }))];
}
