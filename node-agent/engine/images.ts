import path from "node:path";
import { HubError } from "#shared/errors";
import { familiarRepository, type Image, parseImageName } from "../images/index.ts";
import { type Call, flag, parameter, type Route, sendEmpty, sendJson } from "./call.ts";
import { allows, allowsLabels, filterFlag, readFilters } from "./filters.ts";
import { pullImage } from "./pull.ts";
import type { Services } from "./services.ts";
import { rfc3339 } from "./times.ts";

export const imageRoutes: readonly Route[] = [
  { method: "POST", path: "/images/create", handle: pullImage },
  { method: "GET", path: "/images/json", handle: list },
  { method: "POST", path: "/images/prune", handle: prune },
  { method: "GET", path: "/images/*name/json", handle: inspect },
  { method: "GET", path: "/images/*name/history", handle: history },
  { method: "POST", path: "/images/*name/tag", handle: tag },
  { method: "DELETE", path: "/images/*name", handle: remove },
];

interface Document {
  config?: { Labels?: Record<string, string> | null };
  author?: string;
}

const documentOf = (image: Image) => JSON.parse(Buffer.from(image.config).toString()) as Document;
const seconds = (created: string | undefined) =>
  Math.max(0, Math.floor(Date.parse(created ?? "1970-01-01") / 1000));

function list({ services, query, response, version }: Call): void {
  const filters = readFilters(query, ["dangling", "label", "reference", "before", "since"]);
  const dangling = filterFlag(filters, "dangling");
  const lines = services.images.list().flatMap((image) => {
    const labels = documentOf(image).config?.Labels ?? {};
    const { id, tags, digests, size, created } = image;
    const wanted =
      (dangling === undefined || dangling === (tags.length === 0)) &&
      allowsLabels(filters, labels) &&
      allows(filters, "reference", (pattern) => tags.some((name) => matches(name, pattern))) &&
      allows(
        filters,
        "before",
        (other) => seconds(created) < seconds(services.images.inspect(other).created),
      ) &&
      allows(filters, "since", (other) => seconds(created) > seconds(services.images.inspect(other).created));
    if (!wanted) return [];
    return {
      Id: id,
      ParentId: "",
      RepoTags: tags,
      RepoDigests: digests,
      Created: seconds(created),
      Size: size,
      ...(version < 44 ? { VirtualSize: size } : {}),
      SharedSize: -1,
      Labels: labels,
      Containers: -1,
    };
  });
  sendJson(response, lines);
}

function matches(name: string, pattern: string): boolean {
  return [name, name.slice(0, name.lastIndexOf(":"))].some((each) => path.matchesGlob(each, pattern));
}

function inspect(call: Call): void {
  const image = call.services.images.inspect(parameter(call, "name"));
  const { config = {}, author = "" } = documentOf(image);
  const { id, tags, digests, created, architecture, variant, os, size, diffIds, addedAt } = image;
  sendJson(call.response, {
    Id: id,
    RepoTags: tags,
    RepoDigests: digests,
    Parent: "",
    Comment: "",
    Created: created ?? rfc3339(0),
    DockerVersion: "",
    Author: author,
    Config: config,
    Architecture: architecture,
    ...(variant === undefined ? {} : { Variant: variant }),
    Os: os,
    Size: size,
    ...(call.version < 44 ? { VirtualSize: size } : {}),
    GraphDriver: { Name: "overlay2", Data: {} },
    RootFS: { Type: "layers", Layers: diffIds },
    Metadata: { LastTagTime: rfc3339(addedAt) },
  });
}

function history(call: Call): void {
  const { images } = call.services;
  const { id, tags } = images.inspect(parameter(call, "name"));
  const steps = images.history(parameter(call, "name")).map((step, position) => ({
    Id: position === 0 ? id : "<missing>",
    Created: seconds(step.created),
    CreatedBy: step.createdBy,
    Tags: position === 0 && tags.length > 0 ? tags : null,
    Size: step.size,
    Comment: step.comment,
  }));
  sendJson(call.response, steps);
}

function tag(call: Call): void {
  const { services, query, response } = call;
  const repository = query.get("repo") ?? "";
  const name = `${repository}:${query.get("tag") || "latest"}`;
  services.images.tag(parameter(call, "name"), name);
  services.events.ofImage("tag", services.images.inspect(name).id, name);
  sendEmpty(response, 201);
}

/** By a name, that name goes; by an id, all. */
async function remove(call: Call): Promise<void> {
  const { services, query, response } = call;
  const reference = parameter(call, "name");
  const force = flag(query, "force");
  const image = services.images.inspect(reference);
  const { id, tags } = image;
  const byName = namesIt(image, reference);
  refuseUse(services, image, reference, byName, force);
  if (!byName && tags.length > 1 && !force)
    throw new HubError(
      "conflict",
      `conflict: unable to delete ${id.slice(7, 19)} (must be forced) - image is referenced in multiple repositories`,
    );
  const { untagged, removed } = byName
    ? services.images.untag(reference)
    : services.images.remove(reference, { force });
  const { layers } = await services.images.collect();
  for (const name of untagged) services.events.ofImage("untag", id, name);
  if (removed !== undefined) services.events.ofImage("delete", id, id);
  const gone = removed === undefined ? [] : [removed, ...layers];
  sendJson(response, [
    ...untagged.map((Untagged) => ({ Untagged })),
    ...gone.map((Deleted) => ({ Deleted })),
  ]);
}

function namesIt({ id, tags, digests }: Image, reference: string): boolean {
  if (id.startsWith(reference) || reference === id) return false;
  const name = parseImageName(reference);
  const familiar = familiarRepository(name);
  return [...tags, ...digests].some(
    (each) => each === `${familiar}:${name.tag ?? ""}` || each === `${familiar}@${name.digest ?? ""}`,
  );
}

/** @throws HubError `conflict` when a container has the image, and it would go. */
function refuseUse(
  { containers }: Services,
  { id, tags }: Image,
  reference: string,
  byName: boolean,
  force: boolean,
): void {
  if (byName && tags.length > 1) return;
  const users = containers.list().filter(({ image }) => image === id);
  const running = users.find(({ state }) => state.status === "running" || state.status === "paused");
  const user = running ?? users[0];
  if (user === undefined || (force && (byName || running === undefined))) return;
  const [short, container] = [id.slice(7, 19), user.id.slice(0, 12)];
  throw new HubError(
    "conflict",
    byName
      ? `conflict: unable to remove repository reference "${reference}" (must force) - container ${container} is using its referenced image ${short}`
      : `conflict: unable to delete ${short} (${running === undefined ? "must be" : "cannot be"} forced) - image is being used by ${running === undefined ? "stopped" : "running"} container ${container}`,
  );
}

async function prune({ services, query, response }: Call): Promise<void> {
  const filters = readFilters(query, ["dangling", "label"]);
  const onlyDangling = filterFlag(filters, "dangling") ?? true;
  const used = new Set(services.containers.list().map(({ image }) => image));
  const removed: { Untagged?: string; Deleted?: string }[] = [];
  for (const image of services.images.list()) {
    const { id, tags } = image;
    if (used.has(id) || (onlyDangling && tags.length > 0)) continue;
    if (!allowsLabels(filters, documentOf(image).config?.Labels ?? {})) continue;
    const { untagged } = services.images.remove(id);
    removed.push(...untagged.map((Untagged) => ({ Untagged })), { Deleted: id });
    services.events.ofImage("delete", id, id);
  }
  const { freed } = await services.images.collect();
  sendJson(response, { ImagesDeleted: removed, SpaceReclaimed: freed });
}
