import { CommandError } from "../command-error.ts";
import { part } from "../client/daemon.ts";
import type { NetworkSummary } from "../client/shapes.ts";
import { text, texts, yes } from "../line/flags.ts";
import { any, verb } from "../line/verb.ts";
import { mapOf } from "../request/fields.ts";
import { parseNetworks } from "../request/networks.ts";
import { eachNamed } from "../show/each.ts";
import { filterQuery, listFlags, printList } from "../show/list.ts";
import { say } from "../show/print.ts";
import { column, type Columns } from "../show/rows.ts";

export const listNetworks = verb({
  usage: "[flags]",
  flags: listFlags,
  takes: [0, 0],
  examples: [["wherry network ls --filter driver=bridge", "those with a bridge of their own"]],
  async run({ daemon, flags }) {
    const found = await daemon.get<NetworkSummary[]>("/networks", { filters: filterQuery(flags.filter) });
    const rows = found.toSorted((a, b) => (a.Name < b.Name ? -1 : 1));
    printList(flags, { columns, rows, standard: ["ID", "Name", "Driver", "Scope"], name: "ID" });
  },
});

export const createNetwork = verb({
  usage: "[flags] NAME",
  flags: {
    attachable: yes("containers may be attached by hand"),
    "aux-address": texts("an address that is taken already", undefined, { value: "name=address" }),
    driver: text("bridge (default)", "d"),
    gateway: texts("the gateway's address", undefined, { value: "address" }),
    internal: yes("no way out of it"),
    "ip-range": texts("the part of the range that containers get", undefined, { value: "range" }),
    "ipam-driver": text("what gives addresses"),
    "ipam-opt": texts("an option of that", undefined, { value: "name=value" }),
    ipv6: yes("IPv6 too"),
    label: texts("a label", undefined, { value: "name=value" }),
    opt: texts("an option of the driver", "o", { value: "name=value" }),
    subnet: texts("its range of addresses, such as 10.5.0.0/16", undefined, { value: "range" }),
  },
  takes: [1, 1],
  examples: [
    ["wherry network create back", "containers in it find each other by name"],
    ["wherry network create --subnet 10.5.0.0/16 --internal db", "with a range of its own, and no way out"],
  ],
  async run({ daemon, flags, args: [name = ""] }) {
    if (flags.subnet.length === 0 && (flags.gateway.length > 0 || flags["ip-range"].length > 0))
      throw new CommandError("--gateway and --ip-range belong to a --subnet; give that too", 125);
    const taken = mapOf(flags["aux-address"]);
    const config = flags.subnet.map((Subnet, at) => ({
      Subnet,
      ...(flags["ip-range"][at] === undefined ? {} : { IPRange: flags["ip-range"][at] }),
      ...(flags.gateway[at] === undefined ? {} : { Gateway: flags.gateway[at] }),
      ...(at === 0 && Object.keys(taken).length > 0 ? { AuxiliaryAddresses: taken } : {}),
    }));
    const { Id } = await daemon.post<{ Id: string }>(
      "/networks/create",
      {},
      {
        Name: name,
        CheckDuplicate: true,
        Driver: flags.driver ?? "bridge",
        Scope: "",
        EnableIPv6: flags.ipv6,
        IPAM: {
          Driver: flags["ipam-driver"] ?? "default",
          Options: mapOf(flags["ipam-opt"]),
          Config: config,
        },
        Internal: flags.internal,
        Attachable: flags.attachable,
        Ingress: false,
        ConfigOnly: false,
        ConfigFrom: null,
        Options: mapOf(flags.opt),
        Labels: mapOf(flags.label),
      },
    );
    say(Id);
  },
});

export const removeNetwork = verb({
  usage: "[flags] NETWORK...",
  flags: { force: yes("be content with what is not there", "f") },
  takes: [1, any],
  offers: ["networks", "networks"],
  examples: [["wherry network rm back", "no container may be in it"]],
  run: ({ daemon, flags: { force }, args }) =>
    eachNamed(args, async (name) => {
      await daemon.remove(`/networks/${part(name)}`).catch((error: unknown) => {
        if (!(force && error instanceof Error && /not found/.test(error.message))) throw error;
      });
    }),
});

export const connectNetwork = verb({
  usage: "[flags] NETWORK CONTAINER",
  flags: {
    alias: texts("a further name in the network", undefined, { value: "name" }),
    ip: text("its IPv4 address", undefined, { value: "address" }),
    ip6: text("its IPv6 address", undefined, { value: "address" }),
    link: texts("another container that it knows by name", undefined, { value: "container:alias" }),
    "link-local-ip": texts("a link-local address", undefined, { value: "address" }),
  },
  takes: [2, 2],
  offers: ["networks", "containers"],
  examples: [
    [
      "wherry network connect --alias db back postgres",
      "a container is in one more network, also while it runs",
    ],
  ],
  async run({ daemon, flags, args: [network = "", Container = ""] }) {
    const { endpoints } = parseNetworks([network], {
      aliases: flags.alias,
      links: flags.link,
      ip: flags.ip,
      ip6: flags.ip6,
      linkLocal: flags["link-local-ip"],
      mac: undefined,
    });
    const body = { Container, EndpointConfig: endpoints[network] ?? {} };
    await daemon.post(`/networks/${part(network)}/connect`, {}, body);
  },
});

export const disconnectNetwork = verb({
  usage: "[flags] NETWORK CONTAINER",
  flags: { force: yes("though the container does not answer", "f") },
  takes: [2, 2],
  offers: ["networks", "containers"],
  examples: [["wherry network disconnect back postgres", "a container leaves a network"]],
  async run({ daemon, flags, args: [network = "", Container = ""] }) {
    await daemon.post(`/networks/${part(network)}/disconnect`, {}, { Container, Force: flags.force });
  },
});

const columns: Columns<NetworkSummary> = {
  ID: column("NETWORK ID", ({ Id }, { short }) => (short ? Id.slice(0, 12) : Id)),
  Name: column("NAME", ({ Name }) => Name),
  Driver: column("DRIVER", ({ Driver }) => Driver),
  Scope: column("SCOPE", ({ Scope }) => Scope),
  IPv6: column("IPV6", ({ EnableIPv6 }) => String(EnableIPv6)),
  Internal: column("INTERNAL", ({ Internal }) => String(Internal)),
  Labels: column("LABELS", ({ Labels }) =>
    Object.entries(Labels ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .toSorted()
      .join(","),
  ),
  CreatedAt: column("CREATED AT", ({ Created }) => Created.replace("T", " ").replace(/Z$/, " +0000 UTC")),
  Label: column(
    "",
    ({ Labels }) =>
      (name: string) =>
        Labels?.[name] ?? "",
  ),
};
