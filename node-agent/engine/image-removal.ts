import type { Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { familiarRepository, type Image, parseImageName } from "../images/index.ts";
import { type Call, flag, parameter, type Route, sendJson } from "./call.ts";
import { filterFlag, readFilters } from "./filters.ts";
import { labelsOf } from "./image-document.ts";
import { imageTest } from "./image-filters.ts";
import type { Services } from "./services.ts";

export const imageRemovalRoutes: readonly Route[] = [
  { method: "POST", path: "/images/prune", handle: prune },
  // There is no cache of builds that could be cleared.
  {
    method: "POST",
    path: "/build/prune",
    handle: ({ response }) => sendJson(response, { CachesDeleted: null, SpaceReclaimed: 0 }),
  },
  { method: "DELETE", path: "/images/*name", handle: remove },
];

/** By a name, that name goes, and the image with its last one; by an id, all. */
async function remove(call: Call): Promise<void> {
  const { services, query, response } = call;
  const reference = parameter(call, "name");
  const force = flag(query, "force");
  const image = services.images.inspect(reference);
  const { id, tags } = image;
  const byName = namesIt(image, reference);
  refuseUse(services, image, reference, byName, force);
  if (!byName && repositories(tags) > 1 && !force)
    throw new HubError(
      "conflict",
      `conflict: unable to delete ${id.slice(7, 19)} (must be forced) - image is referenced in multiple repositories`,
    );
  const { untagged, removed } = byName
    ? services.images.untag(reference)
    : services.images.remove(reference, { force: true });
  const { layers } = await services.images.collect();
  for (const name of untagged) services.events.ofImage("untag", id, name, labelsOf(image));
  if (removed !== undefined) services.events.ofImage("delete", id, id, labelsOf(image));
  sendJson(response, removedLines(untagged, removed === undefined ? [] : [removed, ...layers]));
}

function removedLines(untagged: readonly string[], deleted: readonly Digest[]) {
  return [...untagged.map((Untagged) => ({ Untagged })), ...deleted.map((Deleted) => ({ Deleted }))];
}

/** Several tags of one repository are one reference. */
function repositories(tags: readonly string[]): number {
  return new Set(tags.map((tag) => tag.slice(0, tag.lastIndexOf(":")))).size;
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
  const filters = readFilters(query, ["dangling", "label", "label!", "until"]);
  const onlyDangling = filterFlag(filters, "dangling") ?? true;
  const wanted = imageTest(new Map([...filters].filter(([name]) => name !== "dangling")), services.images);
  const used = new Set(services.containers.list().map(({ image }) => image));
  const lines: object[] = [];
  for (const image of services.images.list()) {
    const { id, tags } = image;
    if (used.has(id) || (onlyDangling && tags.length > 0) || !wanted(image)) continue;
    const { untagged } = services.images.remove(id, { force: true });
    lines.push(...removedLines(untagged, [id]));
    for (const name of untagged) services.events.ofImage("untag", id, name, labelsOf(image));
    services.events.ofImage("delete", id, id, labelsOf(image));
  }
  const { layers, freed } = await services.images.collect();
  lines.push(...removedLines([], layers));
  sendJson(response, { ImagesDeleted: lines.length === 0 ? null : lines, SpaceReclaimed: freed });
}
