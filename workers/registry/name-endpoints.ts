import { z } from "zod";
import { endpointWith, type AuthContext } from "../auth/index.ts";
import { timeField } from "../platform/endpoint-fields.ts";
import type { RegistryContext } from "./context.ts";
import { listOldNames, releaseOldName } from "./old-names.ts";
import { renameRepository } from "./renames.ts";

const endpoint = endpointWith<{ registry: RegistryContext; auth: AuthContext }>();

const params = z.strictObject({ name: z.string() });
const repository = z.object({
  name: z.string(),
  visibility: z.enum(["public", "private"]),
  created_at: timeField,
});
const oldName = z.object({ name: z.string(), since: timeField });

/** Names of repositories, present and old. */
export const nameEndpoints = [
  endpoint({
    method: "POST",
    path: "/api/v1/repositories/:name{.+}/-/rename",
    operation: "renameRepository",
    summary:
      "Gives the repository another name, also in another namespace; it is still found by the old one.",
    tag: "Repositories",
    access: "admin",
    scope: "admin",
    params,
    body: z.strictObject({ name: z.string() }),
    answer: { status: 200, schema: repository },
    run: async ({ context, actor, params, body }) => {
      const { createdAt, ...renamed } = await renameRepository(
        context.registry,
        actor,
        params.name,
        body.name,
      );
      return { ...renamed, created_at: createdAt };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/repositories/:name{.+}/-/old-names",
    operation: "listOldRepositoryNames",
    summary: "Lists the names that the repository had before.",
    tag: "Repositories",
    access: "admin",
    scope: "admin",
    params,
    paged: 100,
    answer: { status: 200, schema: z.object({ old_names: z.array(oldName) }) },
    run: async ({ context, actor, params, page, more }) => {
      const found = await listOldNames(context.registry, actor, params.name, {
        ...page,
        limit: page.limit + 1,
      });
      const shown = found.slice(0, page.limit);
      if (found.length > page.limit) more(shown.at(-1)?.name ?? "");
      return { old_names: shown };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/old-names/:name{.+}",
    operation: "releaseOldRepositoryName",
    summary: "Lets go of an old name of a repository; it leads nowhere from then on.",
    tag: "Repositories",
    access: "signed-in",
    scope: "admin",
    params,
    answer: { status: 204 },
    run: async ({ context, actor, params }) => releaseOldName(context.registry, actor, params.name),
  }),
];
