import { sql } from "kysely";
import type { PresentRepository } from "../auth/index.ts";
import type { ImageKind } from "../db/index.ts";
import type { Digest } from "../shared/digest.ts";
import { HubError } from "../shared/errors.ts";
import { manifestKind } from "../shared/media-types.ts";
import type { Reference } from "../shared/reference.ts";
import type { ImagesContext } from "./context.ts";
import type { Carried, HistoryEntry, ImageConfig, Layer, Platform } from "./facts.ts";
import { chosenImage, platformsOf, readPlatforms, type PlatformImage } from "./platforms.ts";
import { referrersOfAsked } from "./referrers.ts";
import { stepsOf, type Step } from "./steps.ts";
import { textsByName } from "./texts.ts";
import { describeNow } from "./waiting.ts";

/** What a tag or digest names: an image, an index of images for several platforms, or an artifact. */
export interface ImageView {
  digest: Digest;
  mediaType: string;
  kind: ImageKind;
  /** When the manifest was pushed first, in milliseconds since 1970. */
  pushedAt: number;
  /** Bytes; of an index: of all images in it. */
  size: number;
  /** Tags that name it, the newest first: twenty at most. */
  tags: string[];
  annotations: Record<string, string>;
  /** Of an image: its own. */
  platforms: PlatformImage[];
  /** What is attached to it; listReferrersOf tells more. */
  attached: Carried[];
  /** The image for the platform that was asked for; undefined when there is none, or it is not here. */
  image: Image | undefined;
}

/** An image for one platform, with all that is known of it. */
export interface Image extends Platform {
  digest: Digest;
  size: number;
  configDigest: Digest | null;
  /** As its configuration says, in milliseconds since 1970. */
  madeAt: number | null;
  layers: Layer[];
  steps: Step[];
  /** null: it could not be read. */
  config: ImageConfig | null;
  annotations: Record<string, string>;
  unreadable: string | null;
}

/** What a page waits for, of what was pushed only now. */
const patience = { maximum: 4, deadline: 1500 };

/** How often is read again what was described on the spot: first an index, then the images in it. */
const maximumReadings = 3;

interface Row {
  digest: Digest;
  media_type: string;
  pushed_at: number;
  kind: ImageKind | null;
  size: number | null;
  annotations: string | null;
  tags: string;
  platforms: string;
  attached: string;
  image: string | null;
}

/**
 * What a tag or digest of a repository names. One statement; more when it was pushed only now and is looked into on the spot.
 *
 * @param platform the image of an index to look into, such as "linux/arm64"; undefined: linux/amd64, else the first
 * @throws HubError `not-found`
 */
export async function readImage(
  context: ImagesContext,
  found: Pick<PresentRepository, "id" | "name">,
  reference: Reference,
  platform?: string,
): Promise<ImageView> {
  for (let reading = 1; ; reading += 1) {
    const row = await readRow(context, found.id, reference, platform);
    if (!row) throw imageUnknown(found.name, reference);
    const view = viewOf(row);
    const missing =
      row.kind === null
        ? [row.digest]
        : view.platforms.flatMap(({ present, described, digest }) => (present && !described ? [digest] : []));
    if (missing.length === 0 || reading === maximumReadings) return view;
    await describeNow(context, found.id, missing, patience);
  }
}

export function imageUnknown(repository: string, reference: Reference): HubError {
  const what = "tag" in reference ? `tag "${reference.tag}"` : `image ${reference.digest}`;
  return new HubError("not-found", `${repository} has no ${what}`, { detail: { repository, ...reference } });
}

async function readRow(
  { db }: ImagesContext,
  id: number,
  reference: Reference,
  platform: string | undefined,
): Promise<Row | undefined> {
  const asked =
    "digest" in reference
      ? sql`values (${id}, ${reference.digest})`
      : sql`select repository_id, digest from tags where repository_id = ${id} and name = ${reference.tag}`;
  const { rows } = await sql<Row>`
    with asked (repository_id, digest) as materialized (${asked}),
    referrer as materialized (select digest from (${referrersOfAsked()}) limit 100)
    select manifests.digest, media_type, pushed_at, named.kind, named.size, named.annotations,
      (select json_group_array(name) from (
        select name from tags where repository_id = ${id} and digest = manifests.digest order by moved_at desc limit 20)) as tags,
      ${platformsOf(id, "named", "manifests.digest")} as platforms,
      (select json_group_array(distinct carried.value) from referrer
        join images carrier on carrier.repository_id = ${id} and carrier.digest = referrer.digest
        join json_each(carrier.carries) carried) as attached,
      (select json_object('digest', digest, 'os', coalesce(os, ''), 'architecture', coalesce(architecture, ''),
          'variant', coalesce(variant, ''), 'osVersion', coalesce(os_version, ''), 'size', size,
          'configDigest', config_digest, 'madeAt', made_at, 'layers', json(layers), 'history', json(history),
          'config', json(config), 'annotations', json(annotations), 'unreadable', unreadable)
        from images where repository_id = ${id} and digest = ${chosenImage(id, "named", platform)}) as image
    from asked
    join manifests on manifests.repository_id = ${id} and manifests.digest = asked.digest
    left join images named on named.repository_id = ${id} and named.digest = asked.digest`.execute(db.query);
  return rows[0];
}

function viewOf(row: Row): ImageView {
  const platforms = readPlatforms(row.platforms);
  return {
    digest: row.digest,
    mediaType: row.media_type,
    kind: row.kind ?? manifestKind(row.media_type) ?? "artifact",
    pushedAt: row.pushed_at,
    size: row.size ?? 0,
    tags: JSON.parse(row.tags) as string[],
    annotations: shown(JSON.parse(row.annotations ?? "{}")),
    platforms,
    attached: JSON.parse(row.attached) as Carried[],
    image: row.image === null ? undefined : imageOf(row.image, platforms),
  };
}

/** An image that does not say what it runs on is for what the index says. */
function imageOf(json: string, platforms: readonly PlatformImage[]): Image {
  const { history, ...image } = JSON.parse(json) as Omit<Image, "steps"> & { history: HistoryEntry[] };
  const said = platforms.find(({ digest }) => digest === image.digest);
  return {
    ...image,
    annotations: shown(image.annotations),
    os: image.os || (said?.os ?? ""),
    architecture: image.architecture || (said?.architecture ?? ""),
    variant: image.variant || (said?.variant ?? ""),
    osVersion: image.osVersion || (said?.osVersion ?? ""),
    steps: stepsOf(image.layers, history),
  };
}

/** Annotations as far as people read them on a page about something else. */
function shown(annotations: object): Record<string, string> {
  return textsByName(annotations, { entries: 200, length: 4096 });
}
