import type { PresentRepository } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import type { Reference } from "../shared/reference.ts";
import type { Package } from "./attachment.ts";
import { readReferrer } from "./attachments.ts";
import { compare, type Comparison } from "./compare.ts";
import type { ImagesContext } from "./context.ts";
import { readImage, type Image, type ImageView } from "./images.ts";
import { platformName } from "./platforms.ts";
import { listReferrersOf } from "./referrers.ts";

type Found = Pick<PresentRepository, "id" | "name">;

/**
 * What is different between two images of a repository: for the platform that is asked for, else for linux/amd64 or the first that both
 * have. Two to six statements, and the SBOMs when both have one.
 *
 * @throws HubError `not-found`, also when an image is not there for the platform; `invalid` when there is none that both have.
 */
export async function compareImages(
  context: ImagesContext,
  found: Found,
  from: Reference,
  to: Reference,
  platform?: string,
): Promise<Comparison> {
  let [before, after] = await readBoth(context, found, from, to, platform);
  let common = platform;
  if (platform === undefined && before.image && after.image && !isSamePlatform(before.image, after.image)) {
    common = commonPlatform(before, after);
    if (common !== undefined) [before, after] = await readBoth(context, found, from, to, common);
  }
  const [a, b] = [imageOf(before, common), imageOf(after, common)];
  const packages = await Promise.all([
    packagesOf(context, found, before, a),
    packagesOf(context, found, after, b),
  ]);
  const [old, young] = packages;
  return compare(a, b, old && young ? [old, young] : undefined);
}

async function readBoth(
  context: ImagesContext,
  found: Found,
  from: Reference,
  to: Reference,
  platform: string | undefined,
): Promise<[ImageView, ImageView]> {
  return Promise.all([readImage(context, found, from, platform), readImage(context, found, to, platform)]);
}

function isSamePlatform(a: Image, b: Image): boolean {
  return platformName(a) === platformName(b);
}

/** One image alone is compared whatever it runs on. */
function commonPlatform(before: ImageView, after: ImageView): string | undefined {
  if (before.platforms.length === 1 && after.platforms.length === 1) return undefined;
  const names = new Set(after.platforms.map(platformName));
  const common = before.platforms.map(platformName).find((name) => names.has(name));
  if (common === undefined)
    throw new HubError(
      "invalid",
      "there is no platform that both images are for; compare two that have one in common",
    );
  return common;
}

function imageOf({ image, digest, kind }: ImageView, platform: string | undefined): Image {
  if (kind === "artifact")
    throw new HubError("invalid", `${digest} is an artifact; only images can be compared`);
  if (image) return image;
  throw new HubError(
    "not-found",
    `${digest} has no image for ${platform ?? "any platform"} in this repository`,
  );
}

/** From the first SBOM that can be read: of the image itself, else of the index that it is in. */
async function packagesOf(
  context: ImagesContext,
  found: Found,
  view: ImageView,
  image: Image,
): Promise<Package[] | undefined> {
  for (const digest of new Set([image.digest, view.digest])) {
    const referrers = await listReferrersOf(context, found, digest);
    // What BuildKit put into an index is of one of its images, and was found with that one.
    const sboms = referrers.filter(
      ({ carries, found }) => carries.includes("sbom") && (digest === image.digest || found !== "index"),
    );
    for (const { digest } of sboms.slice(0, 3)) {
      const sbom = (await readReferrer(context, found, digest)).find(({ kind }) => kind === "sbom");
      if (sbom?.kind === "sbom") return sbom.packages;
    }
  }
  return undefined;
}
