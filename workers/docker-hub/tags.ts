import { createHash } from "node:crypto";
import type { PresentRepository } from "../auth/index.ts";
import { lastPulls } from "../hub/index.ts";
import { countTags, listTags, readImage, type PlatformImage, type TagImage } from "../images/index.ts";
import { HubError } from "../shared/errors.ts";
import { isTag } from "../shared/reference.ts";
import type { DockerHubContext } from "./context.ts";
import type { AskedPage } from "./pages.ts";
import { timeText } from "./repository-shapes.ts";

/** A page of tags, and how many there are. @param parameters `ordering` (name; anything else: the newest first), `name` (part of it) */
export async function listHubTags(
  { images, hub }: DockerHubContext,
  found: PresentRepository,
  { offset, size }: AskedPage,
  parameters: URLSearchParams,
): Promise<{ count: number; tags: object[] }> {
  const sort = /^-?name$/.test(parameters.get("ordering") ?? "") ? "name" : "pushed";
  const filter = (parameters.get("name") ?? "").slice(0, 128);
  const tags: TagImage[] = [];
  let next: string | undefined = "";
  while (next !== undefined && tags.length < offset + size) {
    const limit = Math.min(offset + size - tags.length, 1000);
    const page: Awaited<ReturnType<typeof listTags>> = await listTags(images, found, {
      sort,
      filter,
      page: { limit, last: next },
    });
    tags.push(...page.tags);
    next = page.next;
  }
  const shown = tags.slice(offset, offset + size);
  const pulls = await lastPulls(
    hub,
    found,
    shown.map(({ digest }) => digest),
  );
  // Those that fit a filter are counted as far as they were looked at.
  const count = filter === "" ? await countTags(images, found) : tags.length + (next === undefined ? 0 : 1);
  return { count, tags: shown.map((tag) => shape(found, tag, pulls.get(tag.digest)?.lastPulledAt ?? null)) };
}

/** One tag. @throws HubError `not-found` */
export async function readHubTag(
  { images, hub }: DockerHubContext,
  found: PresentRepository,
  name: string,
): Promise<object> {
  if (!isTag(name)) throw new HubError("not-found", `there is no tag ${name.slice(0, 128)}`);
  const view = await readImage(images, found, { tag: name });
  const pulls = await lastPulls(hub, found, [view.digest]);
  return shape(found, { ...view, name }, pulls.get(view.digest)?.lastPulledAt ?? null);
}

function shape(
  { id }: PresentRepository,
  tag: Pick<TagImage, "name" | "digest" | "mediaType" | "pushedAt" | "size" | "platforms">,
  lastPulledAt: number | null,
) {
  const pushed = timeText(tag.pushedAt);
  return {
    id: numberOf(`${id}:${tag.name}`),
    name: tag.name,
    repository: id,
    creator: 0,
    last_updater: 0,
    last_updater_username: "",
    image_id: null,
    v2: true,
    last_updated: pushed,
    tag_last_pushed: pushed,
    tag_last_pulled: timeOrNull(lastPulledAt),
    tag_status: "active",
    media_type: tag.mediaType,
    content_type: "image",
    digest: tag.digest,
    full_size: tag.size,
    images: tag.platforms.map((platform) => shapeImage(platform, pushed)),
  };
}

function shapeImage(
  { os, architecture, variant, osVersion, digest, size, lastPulledAt }: PlatformImage,
  pushed: string,
) {
  return {
    architecture: architecture || "unknown",
    features: "",
    variant: variant || null,
    digest,
    os: os || "unknown",
    os_features: "",
    os_version: osVersion || null,
    size,
    status: "active",
    last_pulled: timeOrNull(lastPulledAt),
    last_pushed: pushed,
  };
}

function timeOrNull(at: number | null): string | null {
  return at === null ? null : timeText(at);
}

/** A number for what has a name here: the same for as long as it is called so. Below 2^48, so that every client reads it exactly. */
function numberOf(text: string): number {
  const hash = createHash("sha256").update(new TextEncoder().encode(text)).digest("hex");
  return Number.parseInt(hash.slice(0, 12), 16);
}
