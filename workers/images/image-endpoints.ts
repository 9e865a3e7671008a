import { z } from "zod";
import { endpointWith, requireRepository, type AuthContext } from "../auth/index.ts";
import { timeField } from "../platform/endpoint-fields.ts";
import { readReferrer } from "./attachments.ts";
import type { Attachment } from "./attachment.ts";
import { originOf } from "./bases.ts";
import type { ImagesContext } from "./context.ts";
import {
  attachment,
  carried,
  image,
  kind,
  platformImage,
  referenceOf,
  showImage,
  showPlatformImage,
} from "./image-fields.ts";
import { readImage } from "./images.ts";
import { listReferrersOf } from "./referrers.ts";
import { listTags, tagSorts } from "./tags.ts";

const endpoint = endpointWith<{ images: ImagesContext; auth: AuthContext }>();

const path = "/api/v1/repositories/:name{.+}/-";
const params = z.strictObject({ name: z.string() });
const referred = params.extend({ reference: z.string() });
const annotations = z.record(z.string(), z.string());
const platformQuery = z.strictObject({ platform: z.string().max(100).optional() });

/** What is in the images of a repository, for whoever may pull from it. */
export const imageEndpoints = [
  endpoint({
    method: "GET",
    path: `${path}/tags`,
    operation: "listTags",
    summary:
      "Lists tags with what they name: the newest first, or by name in the order of versions, or the largest first. With a filter a page may be short and still have a next one.",
    tag: "Images",
    access: "visitor",
    scope: "pull",
    params,
    query: z.strictObject({
      sort: z.enum(tagSorts).default("pushed"),
      filter: z.string().max(128).default(""),
    }),
    paged: 100,
    answer: {
      status: 200,
      schema: z.object({
        tags: z.array(
          z.object({
            name: z.string(),
            digest: z.string(),
            media_type: z.string(),
            kind,
            pushed_at: timeField,
            size: z.int(),
            platforms: z.array(platformImage),
          }),
        ),
      }),
    },
    run: async ({ context, actor, params, query, page, more }) => {
      const found = await requireRepository(context.auth, actor, params.name, "pull");
      const limited = { ...page, limit: Math.min(page.limit, maximumTags) };
      const { tags, next } = await listTags(context.images, found, { ...query, page: limited });
      if (next !== undefined) more(next);
      return {
        tags: tags.map(({ mediaType, pushedAt, platforms, ...tag }) => ({
          ...tag,
          media_type: mediaType,
          pushed_at: pushedAt,
          platforms: platforms.map(showPlatformImage),
        })),
      };
    },
  }),
  endpoint({
    method: "GET",
    path: `${path}/images/:reference`,
    operation: "getImage",
    summary:
      "Says what a tag or digest names: its platforms, and of one of them the layers, what made each, and how containers of it run.",
    tag: "Images",
    access: "visitor",
    scope: "pull",
    params: referred,
    query: platformQuery,
    answer: {
      status: 200,
      schema: z.object({
        digest: z.string(),
        media_type: z.string(),
        kind,
        pushed_at: timeField,
        size: z.int(),
        tags: z.array(z.string()),
        annotations,
        platforms: z.array(platformImage),
        attached: z.array(carried),
        image: image.nullable(),
      }),
    },
    run: async ({ context, actor, params, query }) => {
      const found = await requireRepository(context.auth, actor, params.name, "pull");
      const reference = referenceOf(params.reference);
      const { image, ...view } = await readImage(context.images, found, reference, query.platform);
      return {
        ...view,
        media_type: view.mediaType,
        pushed_at: view.pushedAt,
        platforms: view.platforms.map(showPlatformImage),
        image: image ? showImage(image) : null,
      };
    },
  }),
  endpoint({
    method: "GET",
    path: `${path}/images/:reference/origin`,
    operation: "getImageOrigin",
    summary: "Says which image of a public repository an image is built on, as its layers tell.",
    tag: "Images",
    access: "visitor",
    scope: "pull",
    params: referred,
    query: platformQuery,
    answer: {
      status: 200,
      schema: z.object({
        base: z
          .object({
            repository: z.string(),
            tag: z.string(),
            digest: z.string(),
            layers: z.int(),
            alike: z.int(),
          })
          .nullable(),
        alike: z.int(),
      }),
    },
    run: async ({ context, actor, params, query }) => {
      const found = await requireRepository(context.auth, actor, params.name, "pull");
      const reference = referenceOf(params.reference);
      const { digest, image } = await readImage(context.images, found, reference, query.platform);
      const { base, alike } = await originOf(context.images, found, image?.digest ?? digest);
      return { base: base ?? null, alike };
    },
  }),
  endpoint({
    method: "GET",
    path: `${path}/images/:reference/referrers`,
    operation: "listImageReferrers",
    summary:
      "Lists what is attached to a tag or digest: signatures, SBOMs, provenance, scan reports; a hundred at most, the newest first. Nothing of it has been verified.",
    tag: "Images",
    access: "visitor",
    scope: "pull",
    params: referred,
    answer: {
      status: 200,
      schema: z.object({
        referrers: z.array(
          z.object({
            digest: z.string(),
            media_type: z.string(),
            artifact_type: z.string().nullable(),
            size: z.int(),
            pushed_at: timeField,
            carries: z.array(carried),
            found: z.enum(["subject", "tag", "index"]),
            annotations,
          }),
        ),
      }),
    },
    run: async ({ context, actor, params }) => {
      const found = await requireRepository(context.auth, actor, params.name, "pull");
      const reference = referenceOf(params.reference);
      const digest =
        "digest" in reference ? reference.digest : (await readImage(context.images, found, reference)).digest;
      const referrers = await listReferrersOf(context.images, found, digest);
      return {
        referrers: referrers.map(({ mediaType, artifactType, pushedAt, ...referrer }) => ({
          ...referrer,
          media_type: mediaType,
          artifact_type: artifactType,
          pushed_at: pushedAt,
        })),
      };
    },
  }),
  endpoint({
    method: "GET",
    path: `${path}/images/:reference/attachments`,
    operation: "readAttachments",
    summary:
      "Reads what an artifact carries: who signed, packages, where an image was built, what a scanner found. Its maker states all of it; nothing has been verified.",
    tag: "Images",
    access: "visitor",
    scope: "pull",
    params: referred,
    answer: { status: 200, schema: z.object({ attachments: z.array(attachment) }) },
    run: async ({ context, actor, params }) => {
      const found = await requireRepository(context.auth, actor, params.name, "pull");
      const reference = referenceOf(params.reference);
      const digest =
        "digest" in reference ? reference.digest : (await readImage(context.images, found, reference)).digest;
      return { attachments: (await readReferrer(context.images, found, digest)).map(showAttachment) };
    },
  }),
];

/** Of tags, one answer has so many at most: each may have many platforms. */
const maximumTags = 100;

function showAttachment(attached: Attachment) {
  switch (attached.kind) {
    case "signature": {
      const { statedReference, ...rest } = attached;
      return { ...rest, stated_reference: statedReference };
    }
    case "provenance": {
      const { buildType, startedAt, finishedAt, ...rest } = attached;
      return { ...rest, build_type: buildType, started_at: startedAt, finished_at: finishedAt };
    }
    case "scan": {
      const { bySeverity, findings, ...rest } = attached;
      const shown = findings.map(({ fixedIn, ...finding }) => ({ ...finding, fixed_in: fixedIn }));
      return { ...rest, by_severity: bySeverity, findings: shown };
    }
    case "sbom":
    case "unreadable":
      return attached;
  }
}
