import { z } from "zod";
import { endpointWith, type AuthContext } from "../auth/index.ts";
import { timeField } from "../platform/endpoint-fields.ts";
import { listAccess } from "./access-list.ts";
import type { RegistryContext } from "./context.ts";
import { keyOf, listGrants, removeGrant, setGrant, type RepositoryGrant } from "./grants.ts";

const endpoint = endpointWith<{ registry: RegistryContext; auth: AuthContext }>();

const path = "/api/v1/repositories/:name{.+}/-";
const params = z.strictObject({ name: z.string() });
const ofUser = params.extend({ user: z.string() });
const ofTeam = params.extend({ team: z.string() });
const role = z.enum(["read", "triage", "write", "admin"]);
const body = z.strictObject({ role });
const grant = z.object({ kind: z.enum(["user", "team"]), name: z.string(), role, granted_at: timeField });
const source = z.object({
  type: z.enum([
    "administrator",
    "own-namespace",
    "creation",
    "organization-role",
    "grant",
    "team",
    "rule",
    "public",
  ]),
  role,
  team: z.string().optional(),
});
const person = z.object({ user: z.string(), role, sources: z.array(source) });

/** Who may do what to a repository, and why. */
export const sharingEndpoints = [
  endpoint({
    method: "GET",
    path: `${path}/access`,
    operation: "listRepositoryAccess",
    summary: "Lists everybody who has a right to the repository, and where it comes from.",
    tag: "Repositories",
    access: "admin",
    scope: "admin",
    params,
    paged: 100,
    answer: { status: 200, schema: z.object({ people: z.array(person) }) },
    run: async ({ context, actor, params, page, more }) => {
      const found = await listAccess(context.registry, actor, params.name, {
        ...page,
        limit: page.limit + 1,
      });
      const people = found.slice(0, page.limit);
      if (found.length > page.limit) more(people.at(-1)?.user ?? "");
      return { people };
    },
  }),
  endpoint({
    method: "GET",
    path: `${path}/grants`,
    operation: "listGrants",
    summary: "Lists the collaborators and teams of the repository.",
    tag: "Repositories",
    access: "admin",
    scope: "admin",
    params,
    paged: 100,
    answer: { status: 200, schema: z.object({ grants: z.array(grant) }) },
    run: async ({ context, actor, params, page, more }) => {
      const found = await listGrants(context.registry, actor, params.name, {
        ...page,
        limit: page.limit + 1,
      });
      const shown = found.slice(0, page.limit);
      const last = shown.at(-1);
      if (found.length > page.limit && last) more(keyOf(last));
      return { grants: shown.map((each) => describe(each)) };
    },
  }),
  endpoint({
    method: "PUT",
    path: `${path}/collaborators/:user`,
    operation: "setCollaborator",
    summary: "Gives a user a role on the repository.",
    tag: "Repositories",
    access: "admin",
    scope: "admin",
    params: ofUser,
    body,
    answer: { status: 200, schema: grant },
    run: async ({ context, actor, params, body }) =>
      describe(await setGrant(context.registry, actor, params.name, { user: params.user }, body.role)),
  }),
  endpoint({
    method: "DELETE",
    path: `${path}/collaborators/:user`,
    operation: "removeCollaborator",
    summary: "Takes the role of a user away.",
    tag: "Repositories",
    access: "admin",
    scope: "admin",
    params: ofUser,
    answer: { status: 204 },
    run: async ({ context, actor, params }) =>
      removeGrant(context.registry, actor, params.name, { user: params.user }),
  }),
  endpoint({
    method: "PUT",
    path: `${path}/teams/:team`,
    operation: "setTeamRole",
    summary: "Gives a team of the organization a role on the repository.",
    tag: "Repositories",
    access: "admin",
    scope: "admin",
    params: ofTeam,
    body,
    answer: { status: 200, schema: grant },
    run: async ({ context, actor, params, body }) =>
      describe(await setGrant(context.registry, actor, params.name, { team: params.team }, body.role)),
  }),
  endpoint({
    method: "DELETE",
    path: `${path}/teams/:team`,
    operation: "removeTeamRole",
    summary: "Takes the role of a team away.",
    tag: "Repositories",
    access: "admin",
    scope: "admin",
    params: ofTeam,
    answer: { status: 204 },
    run: async ({ context, actor, params }) =>
      removeGrant(context.registry, actor, params.name, { team: params.team }),
  }),
];

function describe({ grantedAt, ...given }: RepositoryGrant) {
  return { ...given, granted_at: grantedAt };
}
