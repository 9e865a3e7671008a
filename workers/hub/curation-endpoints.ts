import { z } from "zod";
import { signUpModes } from "../accounts/index.ts";
import { endpointWith, type AuthContext } from "../auth/index.ts";
import { timeField } from "../platform/endpoint-fields.ts";
import { badges, listBadges, removeBadge, setBadge } from "./badges.ts";
import type { HubContext } from "./context.ts";
import { listFeatured, maximumFeatured, setFeatured } from "./featured.ts";
import { readHealth } from "./health.ts";
import { changeHubSettings, readHubSettings, type HubSettings } from "./hub-settings.ts";
import { listStorageUse, readStorageTotal } from "./storage-use.ts";

const endpoint = endpointWith<{ auth: AuthContext; hub: HubContext }>();

const badged = z.object({
  namespace: z.string(),
  kind: z.enum(["user", "organization"]),
  badge: z.enum(badges),
  set_at: timeField,
});
const inNamespace = z.strictObject({ namespace: z.string() });
const featured = z.object({ repositories: z.array(z.string()) });

const settings = z.object({
  name: z.string(),
  announcement: z.string(),
  announcement_url: z.string(),
  sign_up: z.enum(signUpModes),
  readme_image_hosts: z.array(z.string()),
});

const health = z.object({
  parts: z.array(z.object({ name: z.string(), state: z.enum(["well", "care", "wrong"]), says: z.string() })),
  runs: z.array(
    z.object({
      name: z.string(),
      succeeded_at: timeField.nullable(),
      failed_at: timeField.nullable(),
      failures: z.int(),
      problem: z.string().nullable(),
    }),
  ),
  /** The last migration of the main database. */
  schema: z.string(),
  version: z.string(),
  /** What the platform calls this deployment; null: it has no name for it. */
  build: z.string().nullable(),
});

const storage = z.object({
  stored: z.int(),
  blobs: z.int(),
  counted_at: timeField.nullable(),
  counting: z.boolean(),
  namespaces: z.array(
    z.object({
      /** null: repositories of a namespace that nobody has any more. */
      namespace: z.string().nullable(),
      kind: z.enum(["user", "organization"]).nullable(),
      stored: z.int(),
      logical: z.int(),
      blobs: z.int(),
    }),
  ),
});

/** What administrators choose for everybody, and what they look at. */
export const curationEndpoints = [
  endpoint({
    method: "GET",
    path: "/api/v1/badges",
    operation: "listBadges",
    summary: "Lists the namespaces that have a badge, by name.",
    tag: "Hub",
    access: "anybody",
    paged: 100,
    answer: { status: 200, schema: z.object({ badges: z.array(badged) }) },
    run: async ({ context, page: { limit, last }, more }) => {
      const found = await listBadges(context.hub, { limit: limit + 1, last });
      const shown = found.slice(0, limit);
      const end = shown.at(-1);
      if (end && found.length > limit) more(end.name);
      return {
        badges: shown.map(({ name, setAt, ...rest }) => ({ ...rest, namespace: name, set_at: setAt })),
      };
    },
  }),
  endpoint({
    method: "PUT",
    path: "/api/v1/badges/:namespace",
    operation: "setBadge",
    summary: "Says that a namespace is the hub's own work, or belongs to whom its name says.",
    tag: "Hub",
    access: "administrator",
    scope: "administration",
    params: inNamespace,
    body: z.strictObject({ badge: z.enum(badges) }),
    answer: { status: 204 },
    run: async ({ context, actor, params, body }) =>
      setBadge(context.hub, actor, params.namespace, body.badge),
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/badges/:namespace",
    operation: "removeBadge",
    summary: "Takes a namespace's badge away.",
    tag: "Hub",
    access: "administrator",
    scope: "administration",
    params: inNamespace,
    answer: { status: 204 },
    run: async ({ context, actor, params }) => removeBadge(context.hub, actor, params.namespace),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/featured",
    operation: "listFeatured",
    summary: "Lists the repositories that the start page shows first.",
    tag: "Hub",
    access: "anybody",
    answer: { status: 200, schema: featured },
    run: async ({ context }) => {
      const found = await listFeatured(context.hub);
      return { repositories: found.map(({ name }) => name) };
    },
  }),
  endpoint({
    method: "PUT",
    path: "/api/v1/featured",
    operation: "setFeatured",
    summary: "Sets the repositories that the start page shows first, in this order.",
    tag: "Hub",
    access: "administrator",
    scope: "administration",
    body: z.strictObject({ repositories: z.array(z.string().max(255)).max(maximumFeatured) }),
    answer: { status: 204 },
    run: async ({ context, actor, body }) => setFeatured(context.hub, actor, body.repositories),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/hub/settings",
    operation: "getHubSettings",
    summary: "Tells the settings of the hub.",
    tag: "Hub",
    access: "administrator",
    scope: "administration",
    answer: { status: 200, schema: settings },
    run: async ({ context }) => describeSettings(await readHubSettings(context.hub)),
  }),
  endpoint({
    method: "PATCH",
    path: "/api/v1/hub/settings",
    operation: "changeHubSettings",
    summary: "Changes settings of the hub; what is left out stays as it is.",
    tag: "Hub",
    access: "administrator",
    scope: "administration",
    body: z.strictObject({
      name: z.string().max(100).optional(),
      announcement: z.string().max(1000).optional(),
      announcement_url: z.string().max(1000).optional(),
      sign_up: z.enum(signUpModes).optional(),
      readme_image_hosts: z.array(z.string().max(300)).max(100).optional(),
    }),
    answer: { status: 200, schema: settings },
    run: async ({ context, actor, body }) =>
      describeSettings(
        await changeHubSettings(context.hub, actor, {
          name: body.name,
          announcement: body.announcement,
          announcementUrl: body.announcement_url,
          signUp: body.sign_up,
          readmeImageHosts: body.readme_image_hosts,
        }),
      ),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/hub/health",
    operation: "getHubHealth",
    summary: "Tells how the hub is: its stores, what waits, what runs by itself, and which version it is.",
    tag: "Hub",
    access: "administrator",
    scope: "administration",
    answer: { status: 200, schema: health },
    run: async ({ context, actor }) => {
      const { parts, runs, schema, release } = await readHealth(context.hub, actor);
      return {
        parts,
        runs: runs.map(({ succeededAt, failedAt, ...rest }) => ({
          ...rest,
          succeeded_at: succeededAt,
          failed_at: failedAt,
        })),
        schema,
        ...release,
      };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/hub/storage",
    operation: "listStorageUse",
    summary: "Tells how many bytes the namespaces hold, the largest first, as last counted.",
    tag: "Hub",
    access: "administrator",
    scope: "administration",
    paged: 100,
    answer: { status: 200, schema: storage },
    run: async ({ context, actor, page: { limit, last }, more }) => {
      const [total, found] = await Promise.all([
        readStorageTotal(context.hub, actor),
        listStorageUse(context.hub, actor, { limit: limit + 1, last }),
      ]);
      const shown = found.slice(0, limit);
      const end = shown.at(-1);
      if (end && found.length > limit) more(end.key);
      const { countedAt, ...rest } = total;
      return {
        ...rest,
        counted_at: countedAt,
        namespaces: shown.map(({ name = null, kind = null, stored, logical, blobs }) => ({
          namespace: name,
          kind,
          stored,
          logical,
          blobs,
        })),
      };
    },
  }),
];

function describeSettings(all: HubSettings): z.input<typeof settings> {
  return {
    name: all.name,
    announcement: all.announcement,
    announcement_url: all.announcementUrl,
    sign_up: all.signUp,
    readme_image_hosts: [...all.readmeImageHosts],
  };
}
