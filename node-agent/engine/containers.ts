import { HubError } from "#shared/errors";
import { z } from "zod";
import type { ContainerRecord } from "../containers/index.ts";
import type { Networks } from "../networks/index.ts";
import { readBody, readJson } from "./body.ts";
import { type Call, flag, parameter, type Route, sendEmpty, sendJson, whole } from "./call.ts";
import { allows, allowsLabels, type Filters, readFilters } from "./filters.ts";
import { endpointShapes } from "./shapes/network-settings.ts";
import { containerDetail, containerLine } from "./shapes/containers.ts";
import { checkNetwork } from "./container-network.ts";
import type { Services } from "./services.ts";

const createBody = z.looseObject({ Image: z.string().min(1) });

/** Containers, but for what streams (container-streams.ts). */
export const containerRoutes: readonly Route[] = [
  { method: "GET", path: "/containers/json", handle: list },
  { method: "POST", path: "/containers/create", handle: create },
  { method: "POST", path: "/containers/prune", handle: prune },
  { method: "GET", path: "/containers/:id/json", handle: inspect },
  { method: "POST", path: "/containers/:id/start", handle: start },
  { method: "POST", path: "/containers/:id/stop", handle: stop },
  { method: "POST", path: "/containers/:id/restart", handle: restart },
  { method: "POST", path: "/containers/:id/kill", handle: kill },
  { method: "POST", path: "/containers/:id/pause", handle: pause },
  { method: "POST", path: "/containers/:id/unpause", handle: unpause },
  { method: "POST", path: "/containers/:id/rename", handle: rename },
  { method: "POST", path: "/containers/:id/update", handle: update },
  { method: "POST", path: "/containers/:id/resize", handle: resize },
  { method: "GET", path: "/containers/:id/top", handle: top },
  { method: "DELETE", path: "/containers/:id", handle: remove },
];

const known = [
  "id",
  "name",
  "label",
  "status",
  "exited",
  "ancestor",
  "before",
  "since",
  "health",
  "network",
  "volume",
];

function list({ services, query, response }: Call): void {
  const { containers } = services;
  const filters = readFilters(query, known);
  checkValues(filters);
  const limit = whole(query, "limit");
  const all = flag(query, "all") || filters.has("status") || filters.has("exited") || (limit ?? 0) > 0;
  const found = containers
    .list()
    .filter((record) => all || ["running", "paused", "restarting"].includes(record.state.status))
    .filter((record) => isWanted(services, filters, record));
  const now = Date.now();
  const placeOf = (volume: string) => containers.volumes.placeOf(volume);
  const lines = found.map((record) =>
    containerLine(record, imageName(services, record), now, services.networks, placeOf),
  );
  sendJson(response, limit !== undefined && limit > 0 ? lines.slice(0, limit) : lines);
}

const statuses = ["created", "running", "paused", "restarting", "removing", "exited", "dead"];

/** @throws HubError `invalid` for a value that no container can have. */
function checkValues(filters: Filters): void {
  for (const status of filters.get("status") ?? [])
    if (!statuses.includes(status))
      throw new HubError("invalid", `invalid filter 'status=${status.slice(0, 50)}'`);
  for (const health of filters.get("health") ?? [])
    if (!["starting", "healthy", "unhealthy", "none"].includes(health))
      throw new HubError("invalid", `invalid filter 'health=${health.slice(0, 50)}'`);
  for (const code of filters.get("exited") ?? [])
    if (!/^-?\d{1,9}$/.test(code))
      throw new HubError("invalid", `invalid filter 'exited=${code.slice(0, 50)}': it is no number`);
}

function isWanted(
  { containers, images, networks }: Services,
  filters: Filters,
  record: ContainerRecord,
): boolean {
  const { id, name, config, mounts, state, image, health, createdAt } = record;
  return (
    allows(filters, "id", (wanted) => id.startsWith(wanted)) &&
    allows(filters, "name", (wanted) => `/${name}`.includes(wanted.replace(/^\^?\/?|\$$/g, ""))) &&
    allows(filters, "status", (wanted) => state.status === wanted) &&
    allows(filters, "exited", (wanted) => state.status === "exited" && String(state.exitCode) === wanted) &&
    allows(filters, "health", (wanted) => (health?.status ?? "none") === wanted) &&
    allows(filters, "network", (wanted) => isOnNetwork(networks, record, wanted)) &&
    allows(filters, "volume", (wanted) =>
      mounts.some(({ source, destination }) => source === wanted || destination === wanted),
    ) &&
    allows(filters, "before", (wanted) => createdAt < containers.inspect(wanted).createdAt) &&
    allows(filters, "since", (wanted) => createdAt > containers.inspect(wanted).createdAt) &&
    allows(filters, "ancestor", (wanted) => {
      const ids = images
        .list()
        .filter(
          ({ id, tags }) => id === wanted || tags.includes(wanted) || tags.includes(`${wanted}:latest`),
        );
      return ids.some(({ id }) => id === image);
    }) &&
    allowsLabels(filters, config.Labels)
  );
}

/** By the network's name or id. */
function isOnNetwork(networks: Networks, record: ContainerRecord, wanted: string): boolean {
  const found = Object.entries(endpointShapes(record, networks));
  return found.some(([name, { NetworkID }]) => name === wanted || (NetworkID !== "" && NetworkID === wanted));
}

/** As it was asked for, unless that names another image by now. */
function imageName({ images }: Services, { image, config }: ContainerRecord): string {
  try {
    return images.inspect(config.Image).id === image ? config.Image : image;
  } catch {
    return image;
  }
}

async function create(call: Call): Promise<void> {
  const { services, query, response } = call;
  const body = await readBody(call, createBody);
  checkNetwork(body);
  const image = services.images.inspect(body.Image);
  const { config } = JSON.parse(Buffer.from(image.config).toString()) as { config?: unknown };
  const wish = { name: query.get("name") ?? undefined, image: image.id, imageConfig: config, body };
  const { id } = await services.containers.create(wish);
  sendJson(response, { Id: id, Warnings: [] }, 201);
}

function inspect(call: Call): void {
  const { containers, networks } = call.services;
  sendJson(
    call.response,
    containerDetail(containers.inspect(parameter(call, "id")), networks, (volume) =>
      containers.volumes.placeOf(volume),
    ),
  );
}

async function start(call: Call): Promise<void> {
  const started = await call.services.containers.start(parameter(call, "id"));
  sendEmpty(call.response, started ? 204 : 304);
}

/** How a container is to end. */
function ending({ query }: Call): { seconds?: number; signal?: string } {
  const seconds = whole(query, "t");
  const signal = query.get("signal");
  return { ...(seconds === undefined ? {} : { seconds }), ...(signal ? { signal } : {}) };
}

async function stop(call: Call): Promise<void> {
  const stopped = await call.services.containers.stop(parameter(call, "id"), ending(call));
  sendEmpty(call.response, stopped ? 204 : 304);
}

async function restart(call: Call): Promise<void> {
  await call.services.containers.restart(parameter(call, "id"), ending(call));
  sendEmpty(call.response, 204);
}

async function kill(call: Call): Promise<void> {
  await call.services.containers.kill(parameter(call, "id"), call.query.get("signal") || "KILL");
  sendEmpty(call.response, 204);
}

async function pause(call: Call): Promise<void> {
  await call.services.containers.pause(parameter(call, "id"));
  sendEmpty(call.response, 204);
}

async function unpause(call: Call): Promise<void> {
  await call.services.containers.unpause(parameter(call, "id"));
  sendEmpty(call.response, 204);
}

function rename(call: Call): void {
  const name = call.query.get("name");
  if (!name) throw new HubError("invalid", "Neither old nor new names may be empty");
  call.services.containers.rename(parameter(call, "id"), name);
  sendEmpty(call.response, 204);
}

async function update(call: Call): Promise<void> {
  await call.services.containers.update(parameter(call, "id"), (await readJson(call)) ?? {});
  sendJson(call.response, { Warnings: null });
}

async function resize(call: Call): Promise<void> {
  const { services, query, response } = call;
  await services.containers.resize(parameter(call, "id"), ...terminalSize(query));
  sendEmpty(response, 200);
}

/** Rows and columns. @throws HubError `invalid`. */
export function terminalSize(query: URLSearchParams): [number, number] {
  return [whole(query, "h", 0, 65_535) ?? 0, whole(query, "w", 0, 65_535) ?? 0];
}

async function top(call: Call): Promise<void> {
  const args = (call.query.get("ps_args") || "-ef").split(/\s+/).filter(Boolean);
  const { titles, processes } = await call.services.containers.top(parameter(call, "id"), args);
  sendJson(call.response, { Titles: titles, Processes: processes });
}

async function remove(call: Call): Promise<void> {
  await call.services.containers.remove(parameter(call, "id"), {
    force: flag(call.query, "force"),
    volumes: flag(call.query, "v"),
  });
  sendEmpty(call.response, 204);
}

async function prune({ services, query, response }: Call): Promise<void> {
  const filters = readFilters(query, ["label"]);
  const removed: string[] = [];
  for (const { id, state, config } of services.containers.list()) {
    if (state.status !== "created" && state.status !== "exited") continue;
    if (!allowsLabels(filters, config.Labels)) continue;
    await services.containers.remove(id);
    removed.push(id);
  }
  sendJson(response, { ContainersDeleted: removed, SpaceReclaimed: 0 });
}
