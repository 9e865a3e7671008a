import { z } from "zod";
import {
  endpointWith,
  openPlace,
  requireRepository,
  sealPlace,
  viewerOf,
  type AuthContext,
} from "../auth/index.ts";
import { timeField } from "../platform/endpoint-fields.ts";
import { HubError } from "../shared/errors.ts";
import type { ComparedSide } from "./compare.ts";
import { compareImages } from "./comparison.ts";
import type { ImagesContext } from "./context.ts";
import { layer, platform, referenceOf, showLayer, showPlatform } from "./image-fields.ts";
import { listUsedBy } from "./used-by.ts";

const endpoint = endpointWith<{ images: ImagesContext; auth: AuthContext }>();

const path = "/api/v1/repositories/:name{.+}/-";
const params = z.strictObject({ name: z.string() });

/** Changes of packages that one answer has at most. */
const maximumPackages = 2000;

const side = z.object({
  digest: z.string(),
  size: z.int(),
  platform,
  made_at: timeField.nullable(),
});
const values = { before: z.string().nullable(), after: z.string().nullable() };

/** How images of a repository differ, and who builds on them. */
export const comparisonEndpoints = [
  endpoint({
    method: "GET",
    path: `${path}/compare`,
    operation: "compareImages",
    summary:
      "Compares two tags or digests: layers, configuration, and packages when both have an SBOM that can be read.",
    tag: "Images",
    access: "visitor",
    scope: "pull",
    params,
    query: z.strictObject({
      from: z.string().max(256),
      to: z.string().max(256),
      platform: z.string().max(100).optional(),
    }),
    answer: {
      status: 200,
      schema: z.object({
        from: side,
        to: side,
        size_change: z.int(),
        layers: z.array(
          z.object({
            change: z.enum(["same", "added", "removed", "resized"]),
            instruction: z.string(),
            before: layer.nullable(),
            after: layer.nullable(),
          }),
        ),
        config: z.array(z.object({ field: z.string(), ...values })),
        packages: z.array(z.object({ name: z.string(), type: z.string(), ...values })).nullable(),
        packages_total: z.int().nullable(),
      }),
    },
    run: async ({ context, actor, params, query }) => {
      const found = await requireRepository(context.auth, actor, params.name, "pull");
      const [from, to] = [referenceOf(query.from), referenceOf(query.to)];
      const compared = await compareImages(context.images, found, from, to, query.platform);
      return {
        from: showSide(compared.from),
        to: showSide(compared.to),
        size_change: compared.sizeChange,
        layers: compared.layers.map(({ before, after, ...change }) => ({
          ...change,
          before: before && showLayer(before),
          after: after && showLayer(after),
        })),
        config: compared.config,
        packages: compared.packages?.slice(0, maximumPackages) ?? null,
        packages_total: compared.packages?.length ?? null,
      };
    },
  }),
  endpoint({
    method: "GET",
    path: `${path}/used-by`,
    operation: "listUsedBy",
    summary: "Lists the repositories with images that are built on those of this one, the oldest first.",
    tag: "Images",
    access: "visitor",
    scope: "pull",
    params,
    paged: 50,
    answer: {
      status: 200,
      schema: z.object({
        repositories: z.array(
          z.object({ name: z.string(), visibility: z.enum(["public", "private"]), description: z.string() }),
        ),
      }),
    },
    run: async ({ context, actor, params, page, more }) => {
      const found = await requireRepository(context.auth, actor, params.name, "pull");
      const viewer = viewerOf(actor);
      if (!viewer)
        throw new HubError("denied", 'listing repositories takes an access token with the scope "pull"');
      const last = await openPlace(context.auth, "used-by", page.last);
      const limited = { last, limit: Math.min(page.limit, maximumUsers) };
      const { repositories, next } = await listUsedBy(context.images, viewer, found, limited);
      if (next !== undefined) more(await sealPlace(context.auth, "used-by", next));
      return { repositories };
    },
  }),
];

/** Repositories that one answer has at most. */
const maximumUsers = 100;

function showSide({ madeAt, platform, ...rest }: ComparedSide) {
  return { ...rest, made_at: madeAt, platform: showPlatform(platform) };
}
