import { z } from "zod";
import { endpointWith, viewerOf, type AuthContext } from "../auth/index.ts";
import { timeField } from "../platform/endpoint-fields.ts";
import { HubError } from "../shared/errors.ts";
import { listRepositories } from "./catalog.ts";
import type { RegistryContext } from "./context.ts";
import { deleteTag } from "./manifests.ts";
import {
  createRepository,
  deleteRepository,
  getRepository,
  setVisibility,
  type Repository,
} from "./repositories.ts";

const endpoint = endpointWith<{ registry: RegistryContext; auth: AuthContext }>();

const path = "/api/v1/repositories/:name{.+}";
const params = z.strictObject({ name: z.string() });
const visibility = z.enum(["public", "private"]);
const repository = z.object({ name: z.string(), visibility, created_at: timeField });

/** `/api/v1/repositories/<name>`: what `/v2` has no words for. To whoever may not pull, a repository is not there. */
export const repositoryEndpoints = [
  endpoint({
    method: "GET",
    path: "/api/v1/repositories",
    operation: "listRepositories",
    summary: "Lists the names of the repositories that the caller may pull from.",
    tag: "Repositories",
    access: "signed-in",
    scope: "pull",
    paged: 100,
    answer: { status: 200, schema: z.object({ repositories: z.array(z.string()) }) },
    run: async ({ context, actor, page, more }) => {
      const viewer = viewerOf(actor);
      if (!viewer)
        throw new HubError("denied", 'listing repositories takes an access token with the scope "pull"');
      const { names, next } = await listRepositories(context.registry, viewer, page);
      if (next !== undefined) more(next);
      return { repositories: names };
    },
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/repositories",
    operation: "createRepository",
    summary: "Makes a repository before anything is pushed to it.",
    tag: "Repositories",
    access: "signed-in",
    scope: "create",
    body: z.strictObject({ name: z.string(), visibility: visibility.optional() }),
    creates: true,
    answer: { status: 201, schema: repository },
    run: async ({ context, actor, body }) =>
      describe(await createRepository(context.registry, actor, body.name, { visibility: body.visibility })),
  }),
  endpoint({
    method: "GET",
    path,
    operation: "getRepository",
    summary: "Describes a repository.",
    tag: "Repositories",
    access: "visitor",
    scope: "pull",
    params,
    answer: { status: 200, schema: repository },
    run: async ({ context, actor, params }) =>
      describe(await getRepository(context.registry, actor, params.name)),
  }),
  endpoint({
    method: "PATCH",
    path,
    operation: "updateRepository",
    summary: "Makes a repository public or private.",
    tag: "Repositories",
    access: "admin",
    scope: "admin",
    params,
    body: z.strictObject({ visibility }),
    answer: { status: 200, schema: repository },
    run: async ({ context, actor, params, body }) =>
      describe(await setVisibility(context.registry, actor, params.name, body.visibility)),
  }),
  endpoint({
    method: "DELETE",
    path,
    operation: "deleteRepository",
    summary: "Deletes a repository with everything in it.",
    tag: "Repositories",
    access: "admin",
    scope: "admin",
    params,
    answer: { status: 204 },
    run: async ({ context, actor, params }) => deleteRepository(context.registry, actor, params.name),
  }),
  endpoint({
    method: "DELETE",
    path: `${path}/-/tags/:tag`,
    operation: "deleteTag",
    summary: "Takes a tag away; the manifest stays.",
    tag: "Repositories",
    access: "write",
    scope: "delete",
    params: params.extend({ tag: z.string() }),
    answer: { status: 204 },
    run: async ({ context, actor, params }) => deleteTag(context.registry, actor, params.name, params.tag),
  }),
];

function describe({ createdAt, ...repository }: Repository) {
  return { ...repository, created_at: createdAt };
}
