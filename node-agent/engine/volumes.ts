import { HubError } from "#shared/errors";
import { z } from "zod";
import type { Volume } from "../volumes/index.ts";
import { readBody } from "./body.ts";
import { type Call, flag, parameter, type Route, sendEmpty, sendJson } from "./call.ts";
import { allows, allowsLabels, filterFlag, readFilters } from "./filters.ts";
import { rfc3339 } from "./times.ts";

export const volumeRoutes: readonly Route[] = [
  { method: "GET", path: "/volumes", handle: list },
  { method: "POST", path: "/volumes/create", handle: create },
  { method: "POST", path: "/volumes/prune", handle: prune },
  { method: "GET", path: "/volumes/:name", handle: inspect },
  { method: "DELETE", path: "/volumes/:name", handle: remove },
];

const texts = z.record(z.string(), z.string()).nullish();
const createBody = z.object({
  Name: z.string().nullish(),
  Driver: z.string().nullish(),
  DriverOpts: texts,
  Labels: texts,
  ClusterVolumeSpec: z.unknown().optional(),
});

/** Clients know by this which ones nobody has named. */
const labelsOf = ({ labels, anonymous }: Volume) =>
  anonymous ? { ...labels, "com.docker.volume.anonymous": "" } : labels;

/** A volume as it is listed. */
export function volumeShape(volume: Volume) {
  return {
    CreatedAt: rfc3339(volume.createdAt),
    Driver: "local",
    Labels: labelsOf(volume),
    Mountpoint: volume.mountpoint,
    Name: volume.name,
    Options: Object.keys(volume.options).length === 0 ? null : volume.options,
    Scope: "local",
  };
}

function list({ services, query, response }: Call): void {
  const { containers } = services;
  const filters = readFilters(query, ["dangling", "name", "driver", "label"]);
  const dangling = filterFlag(filters, "dangling");
  const found = containers.volumes
    .list()
    .filter(({ name }) => allows(filters, "name", (wanted) => name.includes(wanted)))
    .filter(() => allows(filters, "driver", (wanted) => wanted === "local"))
    .filter((volume) => allowsLabels(filters, labelsOf(volume)))
    .filter(({ name }) => dangling === undefined || dangling === (containers.usersOf(name).length === 0));
  sendJson(response, { Volumes: found.map(volumeShape), Warnings: null });
}

async function create(call: Call): Promise<void> {
  const { Name, Driver, DriverOpts, Labels, ClusterVolumeSpec } = await readBody(call, createBody);
  if (ClusterVolumeSpec !== undefined && ClusterVolumeSpec !== null)
    throw new HubError("unsupported", "cluster volumes need a swarm, which there is none of here");
  const volume = await call.services.containers.volumes.create({
    name: Name ?? undefined,
    driver: Driver ?? undefined,
    options: DriverOpts ?? undefined,
    labels: Labels ?? undefined,
  });
  sendJson(call.response, volumeShape(volume), 201);
}

function inspect(call: Call): void {
  sendJson(call.response, volumeShape(call.services.containers.volumes.inspect(parameter(call, "name"))));
}

async function remove(call: Call): Promise<void> {
  const { services, query, response } = call;
  await services.containers.volumes.remove(parameter(call, "name"), { force: flag(query, "force") });
  sendEmpty(response, 204);
}

/** Since API 1.42 those with a name stay, unless `all` is asked for. */
async function prune({ services, query, response, version }: Call): Promise<void> {
  const filters = readFilters(query, ["label", "label!", "all"]);
  const named = version < 42 || (filterFlag(filters, "all") ?? false);
  const { removed, bytes } = await services.containers.volumes.prune(
    (volume) => (named || volume.anonymous) && allowsLabels(filters, labelsOf(volume)),
  );
  sendJson(response, { VolumesDeleted: removed, SpaceReclaimed: bytes });
}
