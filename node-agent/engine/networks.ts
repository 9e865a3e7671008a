import { HubError } from "#shared/errors";
import { z } from "zod";
import type { Network } from "../networks/index.ts";
import { readBody } from "./body.ts";
import { type Call, parameter, type Route, sendEmpty, sendJson } from "./call.ts";
import { endpointSettings, networkKind, networkPlan } from "./container-network.ts";
import { allows, allowsLabels, filterFlag, type Filters, readFilters } from "./filters.ts";
import type { Services } from "./services.ts";
import { networkDetail, networkLine } from "./shapes/networks.ts";
import { moment } from "./times.ts";

export const networkRoutes: readonly Route[] = [
  { method: "GET", path: "/networks", handle: list },
  { method: "POST", path: "/networks/create", handle: create },
  { method: "POST", path: "/networks/prune", handle: prune },
  { method: "GET", path: "/networks/:id", handle: inspect },
  { method: "DELETE", path: "/networks/:id", handle: remove },
  { method: "POST", path: "/networks/:id/connect", handle: connect },
  { method: "POST", path: "/networks/:id/disconnect", handle: disconnect },
];

const text = z.string().max(1000);
const texts = z
  .record(text, z.string().max(65_536))
  .nullish()
  .transform((found) => found ?? {});
const optional = text.nullish().transform((value) => value || undefined);

const createBody = z.looseObject({
  Name: z.string(),
  Driver: optional,
  Internal: z.boolean().nullish(),
  Attachable: z.boolean().nullish(),
  EnableIPv4: z.boolean().nullish(),
  EnableIPv6: z.boolean().nullish(),
  Scope: optional,
  IPAM: z
    .looseObject({
      Driver: optional,
      Config: z
        .array(
          z.looseObject({
            Subnet: optional,
            Gateway: optional,
            IPRange: optional,
            AuxiliaryAddresses: texts,
          }),
        )
        .max(16)
        .nullish(),
    })
    .nullish(),
  Options: texts,
  Labels: texts,
});

const connectBody = z.looseObject({ Container: z.string().min(1), EndpointConfig: endpointSettings });
const disconnectBody = z.looseObject({ Container: z.string().min(1), Force: z.boolean().nullish() });

const isBuiltIn = ({ name }: Network) => ["bridge", "host", "none"].includes(name);

function isWanted({ networks }: Services, filters: Filters, network: Network): boolean {
  const { id, name, driver, labels } = network;
  const dangling = filterFlag(filters, "dangling");
  const isDangling = !isBuiltIn(network) && networks.attachedTo(id).length === 0;
  return (
    allows(filters, "name", (wanted) => name.includes(wanted.replace(/^\^|\$$/g, ""))) &&
    allows(filters, "id", (wanted) => id.startsWith(wanted)) &&
    allows(filters, "driver", (wanted) => driver === wanted) &&
    allows(filters, "scope", (wanted) => wanted === "local") &&
    allows(filters, "type", (wanted) => (isBuiltIn(network) ? "builtin" : "custom") === wanted) &&
    (dangling === undefined || dangling === isDangling) &&
    allowsLabels(filters, labels)
  );
}

function list({ services, query, response }: Call): void {
  const filters = readFilters(query, ["name", "id", "driver", "type", "scope", "label", "dangling"]);
  const wrong = filters.get("type")?.find((type) => type !== "builtin" && type !== "custom");
  if (wrong !== undefined) throw new HubError("invalid", `invalid filter: 'type'='${wrong.slice(0, 50)}'`);
  const found = services.networks.list().filter((network) => isWanted(services, filters, network));
  sendJson(response, found.map(networkLine));
}

function inspect(call: Call): void {
  const { networks } = call.services;
  const scope = call.query.get("scope");
  const network = networks.inspect(parameter(call, "id"));
  if (scope !== null && scope !== "" && scope !== "local")
    throw new HubError("not-found", `network ${parameter(call, "id")} not found`);
  sendJson(call.response, networkDetail(network, networks));
}

async function create(call: Call): Promise<void> {
  const body = await readBody(call, createBody);
  const { IPAM, Scope } = body;
  if (IPAM?.Driver !== undefined && IPAM.Driver !== "default" && IPAM.Driver !== "null")
    throw new HubError(
      "not-found",
      `could not find plugin ${IPAM.Driver} in v1 plugin registry: plugin "${IPAM.Driver}" not found`,
    );
  if (body.EnableIPv4 === false)
    throw new HubError("unsupported", "networks without IPv4 are not made here: leave EnableIPv4 out");
  if (Scope !== undefined && Scope !== "local")
    throw new HubError("invalid", `network of scope ${Scope} needs a swarm: leave the scope out`);
  const { id } = await call.services.networks.create({
    name: body.Name,
    driver: body.Driver,
    internal: body.Internal ?? false,
    attachable: body.Attachable ?? false,
    ipv6: body.EnableIPv6 ?? false,
    plans: (IPAM?.Config ?? []).map(({ Subnet, Gateway, IPRange, AuxiliaryAddresses }) => ({
      subnet: Subnet,
      gateway: Gateway,
      range: IPRange,
      reserved: AuxiliaryAddresses,
    })),
    labels: body.Labels,
    options: body.Options,
  });
  sendJson(call.response, { Id: id, Warning: "" }, 201);
}

async function remove(call: Call): Promise<void> {
  await call.services.networks.remove(parameter(call, "id"));
  sendEmpty(call.response, 204);
}

async function connect(call: Call): Promise<void> {
  const { networks, containers } = call.services;
  const { Container, EndpointConfig } = await readBody(call, connectBody);
  const network = networks.inspect(parameter(call, "id"));
  const record = containers.inspect(Container);
  const kind = networkKind(record);
  if (kind.kind === "container" || kind.kind === "host")
    throw new HubError(
      "denied",
      "container sharing network namespace with another container or host cannot be connected to any other network",
    );
  if (kind.kind === "none")
    throw new HubError(
      "denied",
      "container cannot be connected to multiple networks with one of the networks in private (none) mode",
    );
  await networks.connect(network.id, networkPlan(record), EndpointConfig);
  await containers.refreshNetwork(record.id);
  sendEmpty(call.response, 200);
}

async function disconnect(call: Call): Promise<void> {
  const { networks, containers } = call.services;
  const { Container } = await readBody(call, disconnectBody);
  const network = networks.inspect(parameter(call, "id"));
  const record = containers.inspect(Container);
  if (networkKind(record).kind === "host" && network.name === "host")
    throw new HubError(
      "denied",
      "container cannot be disconnected from host network - container was created in host network mode",
    );
  await networks.disconnect(network.id, networkPlan(record));
  await containers.refreshNetwork(record.id);
  sendEmpty(call.response, 200);
}

async function prune({ services, query, response }: Call): Promise<void> {
  const filters = readFilters(query, ["label", "label!", "until"]);
  const [until] = filters.get("until") ?? [];
  const before = until === undefined ? undefined : moment(new URLSearchParams({ until }), "until");
  const { networks, containers } = services;
  // Also those that containers want which do not run now.
  const wanted = new Set(
    containers.list().flatMap((record) => Object.keys(networks.wishesOf(networkPlan(record)))),
  );
  const removed = await networks.prune(
    ({ id, name, labels, createdAt }) =>
      !wanted.has(name) &&
      !wanted.has(id) &&
      allowsLabels(filters, labels) &&
      !(filters.get("label!") ?? []).some((label) => allowsLabels(new Map([["label", [label]]]), labels)) &&
      (before === undefined || BigInt(createdAt) * 1_000_000n < before),
  );
  sendJson(response, { NetworksDeleted: removed });
}
