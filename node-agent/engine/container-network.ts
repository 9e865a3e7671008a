import { HubError } from "#shared/errors";
import { z } from "zod";
import type { ContainerRecord, Containers, NetworkSource } from "../containers/index.ts";
import type { ContainerPlan, EndpointWish, Networks } from "../networks/index.ts";

const text = z.string().max(1000);
const optional = text.nullish().transform((value) => value || undefined);

/** Docker's `EndpointSettings`, of what is asked for; the rest is what we answer. */
export const endpointSettings = z
  .looseObject({
    Aliases: z.array(text).max(1000).nullish(),
    IPAMConfig: z.looseObject({ IPv4Address: optional, IPv6Address: optional }).nullish(),
    MacAddress: optional,
  })
  .nullish()
  .transform((found): EndpointWish => ({
    ...(found?.Aliases?.length ? { aliases: found.Aliases } : {}),
    ...(found?.IPAMConfig?.IPv4Address ? { address: found.IPAMConfig.IPv4Address } : {}),
    ...(found?.IPAMConfig?.IPv6Address ? { address6: found.IPAMConfig.IPv6Address } : {}),
    ...(found?.MacAddress ? { mac: found.MacAddress } : {}),
  }));

const networkingConfig = z
  .looseObject({ EndpointsConfig: z.record(text, endpointSettings).nullish() })
  .nullish();

/** The kinds of network of a container, by its `NetworkMode`. */
export type NetworkKind =
  | { kind: "none" | "host" }
  | { kind: "container"; of: string }
  | { kind: "own"; first: string };

export function networkKind({ config }: ContainerRecord): NetworkKind {
  const { NetworkMode: mode } = config.HostConfig;
  if (config.NetworkDisabled || mode === "none") return { kind: "none" };
  if (mode === "host") return { kind: "host" };
  if (mode.startsWith("container:")) return { kind: "container", of: mode.slice("container:".length) };
  return { kind: "own", first: nameOf(mode) };
}

const nameOf = (mode: string) => (mode === "" || mode === "default" ? "bridge" : mode);

/** What a container says of its networks. @throws HubError `invalid` for what has another shape than Docker's. */
export function networkPlan(record: ContainerRecord): ContainerPlan {
  const { id, name, config } = record;
  const { HostConfig, Hostname, Domainname, ExposedPorts } = config;
  const kind = networkKind(record);
  const parsed = networkingConfig.safeParse(config.NetworkingConfig);
  if (!parsed.success)
    throw new HubError("invalid", `invalid NetworkingConfig: ${parsed.error.issues[0]?.message}`);
  const asked = Object.entries(parsed.data?.EndpointsConfig ?? {}).map(
    ([key, wish]) => [nameOf(key), wish] as const,
  );
  const endpoints = kind.kind === "own" ? { [kind.first]: {}, ...Object.fromEntries(asked) } : {};
  return {
    container: id,
    name,
    hostname: Hostname,
    domain: Domainname,
    endpoints,
    portBindings: HostConfig.PortBindings,
    exposed: Object.keys(ExposedPorts),
    publishAll: HostConfig.PublishAllPorts,
    dns: HostConfig.Dns,
    dnsSearch: HostConfig.DnsSearch,
    dnsOptions: HostConfig.DnsOptions,
    extraHosts: HostConfig.ExtraHosts,
  };
}

/**
 * Gives containers their networks.
 *
 * @param containers asked for only when a container starts: they are opened with this.
 */
export function networkSource(networks: Networks, containers: () => Containers): NetworkSource {
  return {
    async prepare(record) {
      const kind = networkKind(record);
      if (kind.kind === "none" || kind.kind === "host") return { place: { kind: kind.kind } };
      if (kind.kind === "container") return shared(networks, containers().inspect(kind.of));
      const { sandbox, hosts, resolv } = await networks.attach(networkPlan(record));
      return { place: { kind: "path", path: sandbox.namespace }, hosts, resolv };
    },
    release: ({ id }) => networks.release(id),
  };
}

/** The network of another container, with its names. @throws HubError `conflict` when that does not run. */
async function shared(networks: Networks, other: ContainerRecord) {
  if (other.state.pid === 0)
    throw new HubError("conflict", `cannot join network of a non running container: ${other.id}`);
  const place = { kind: "path", path: `/proc/${other.state.pid}/ns/net` } as const;
  if (networks.of(other.id) === undefined) return { place };
  const { hosts, resolv } = await networks.attach(networkPlan(other));
  return { place, hosts, resolv };
}

const fields = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((found) => Object.keys(found ?? {}).length > 0);
const items = z
  .array(z.unknown())
  .nullish()
  .transform((found) => (found ?? []).length > 0);

/** Of a create body what must not be said together with another container's network. */
const ownNetworkOnly = z.looseObject({
  Hostname: optional,
  ExposedPorts: fields,
  HostConfig: z
    .looseObject({
      NetworkMode: optional,
      PortBindings: fields,
      PublishAllPorts: z.boolean().nullish(),
      Dns: items,
      ExtraHosts: items,
    })
    .nullish(),
});

/** @throws HubError `invalid` in moby's words for what contradicts the mode of the network. */
export function checkNetwork(body: unknown): void {
  const { data } = ownNetworkOnly.safeParse(body);
  // What has another shape is refused by who makes the container.
  if (!data?.HostConfig?.NetworkMode?.startsWith("container:")) return;
  const { PortBindings, PublishAllPorts, Dns, ExtraHosts } = data.HostConfig;
  const conflicts: readonly (readonly [unknown, string])[] = [
    [data.Hostname, "hostname and the network mode"],
    [Dns, "dns and the network mode"],
    [ExtraHosts, "custom host-to-IP mapping and the network mode"],
    [PortBindings || PublishAllPorts, "port publishing and the container type network mode"],
    [data.ExposedPorts, "port exposing and the container type network mode"],
  ];
  const [found] = conflicts.filter(([said]) => Boolean(said));
  if (found !== undefined) throw new HubError("invalid", `conflicting options: ${found[1]}`);
}
