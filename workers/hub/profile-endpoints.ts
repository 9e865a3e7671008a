import { z } from "zod";
import { endpointWith, requireRepository, type AuthContext } from "../auth/index.ts";
import { timeField } from "../platform/endpoint-fields.ts";
import { changeProfile } from "./change-profile.ts";
import type { HubContext } from "./context.ts";
import { takeGitReadme } from "./git-readme.ts";
import { readProfile, type Profile } from "./profiles.ts";
import { maximumSource } from "./readme-rendering.ts";
import { readmeUnknown, readReadme, removeReadme, writeReadme, type Readme } from "./readmes.ts";

const endpoint = endpointWith<{ hub: HubContext; auth: AuthContext }>();

const path = "/api/v1/repositories/:name{.+}/-";
const params = z.strictObject({ name: z.string() });

const profile = z.object({
  description: z.string(),
  categories: z.array(z.string()),
  deprecated: z.boolean(),
  deprecated_at: timeField.nullable(),
  /** null: none, or none that the caller may read. */
  successor: z.string().nullable(),
  source_url: z.string().nullable(),
  licenses: z.string().nullable(),
  updated_at: timeField.nullable(),
});
const origin = z.enum(["written", "annotation", "git"]);
const readme = z.object({ readme: z.string(), html: z.string(), origin, updated_at: timeField });

/**
 * What is said of a repository. It is read by whoever may pull, and written with the action `metadata`, which no other needs. A token may be
 * for the one and not the other: so an answer to who writes has nothing of what is there.
 */
export const profileEndpoints = [
  endpoint({
    method: "GET",
    path: `${path}/profile`,
    operation: "getProfile",
    summary:
      "Says what a repository is: its description, categories, source, licences, and whether it is deprecated.",
    tag: "Repositories",
    access: "visitor",
    scope: "pull",
    params,
    answer: { status: 200, schema: profile },
    run: async ({ context, actor, params }) => {
      const found = await requireRepository(context.auth, actor, params.name, "pull");
      return describe(await readProfile(context.hub, actor, found));
    },
  }),
  endpoint({
    method: "PATCH",
    path: `${path}/profile`,
    operation: "changeProfile",
    summary: "Changes what is said of a repository; what is left out stays as it is.",
    tag: "Repositories",
    access: "write",
    scope: "metadata",
    params,
    body: z.strictObject({
      description: z.string().max(1000).optional(),
      categories: z.array(z.string().max(100)).max(20).optional(),
      deprecated: z.boolean().optional(),
      successor: z.string().max(300).nullable().optional(),
      source_url: z.string().max(1000).nullable().optional(),
      licenses: z.string().max(1000).nullable().optional(),
    }),
    answer: { status: 204 },
    run: async ({ context, actor, params, body: { source_url: sourceUrl, ...change } }) =>
      changeProfile(context.hub, actor, params.name, { ...change, sourceUrl }),
  }),
  endpoint({
    method: "GET",
    path: `${path}/readme`,
    operation: "getReadme",
    summary: "Gives the README of a repository, as Markdown and as the HTML that pages show.",
    tag: "Repositories",
    access: "visitor",
    scope: "pull",
    params,
    answer: { status: 200, schema: readme },
    run: async ({ context, actor, params }) => {
      const found = await requireRepository(context.auth, actor, params.name, "pull");
      const there = await readReadme(context.hub, found);
      if (!there) throw readmeUnknown(found.name);
      return describeReadme(there);
    },
  }),
  endpoint({
    method: "PUT",
    path: `${path}/readme`,
    operation: "writeReadme",
    summary: "Writes the README of a repository: Markdown of 256 KiB at most, as JSON or as it is.",
    tag: "Repositories",
    access: "write",
    scope: "metadata",
    params,
    body: z.strictObject({ readme: z.string(), origin: z.enum(["written", "git"]).default("written") }),
    // In JSON a character takes up to six bytes; the rest is for what is around it.
    maximumBody: 6 * maximumSource + 1024,
    textBody: { type: "text/markdown", field: "readme" },
    answer: { status: 204 },
    run: async ({ context, actor, params, body }) =>
      writeReadme(context.hub, actor, params.name, body.readme, body.origin),
  }),
  endpoint({
    method: "POST",
    path: `${path}/readme/from-source`,
    operation: "takeReadmeFromSource",
    summary:
      "Takes the README from the git repository that the profile names as the source, at GitHub, GitLab or Codeberg, now and with later pushes.",
    tag: "Repositories",
    access: "write",
    scope: "metadata",
    params,
    answer: { status: 204 },
    run: async ({ context, actor, params }) => void (await takeGitReadme(context.hub, actor, params.name)),
  }),
  endpoint({
    method: "DELETE",
    path: `${path}/readme`,
    operation: "removeReadme",
    summary: "Removes the README of a repository; with its next push an image may bring its own again.",
    tag: "Repositories",
    access: "write",
    scope: "metadata",
    params,
    answer: { status: 204 },
    run: async ({ context, actor, params }) => removeReadme(context.hub, actor, params.name),
  }),
];

function describe({ deprecated, sourceUrl, updatedAt, ...said }: Profile) {
  return {
    ...said,
    deprecated: deprecated !== null,
    deprecated_at: deprecated?.since ?? null,
    successor: deprecated?.successor ?? null,
    source_url: sourceUrl,
    updated_at: updatedAt,
  };
}

function describeReadme({ source, html, origin: from, updatedAt }: Readme) {
  return { readme: source, html, origin: from, updated_at: updatedAt };
}
