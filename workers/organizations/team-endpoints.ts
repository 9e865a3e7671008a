import { z } from "zod";
import { timeField } from "../platform/endpoint-fields.ts";
import {
  cut,
  endpoint,
  inOrganization,
  inTeam,
  nameInput,
  oneMore,
  organizationRole,
  repositoryRole,
} from "./endpoint.ts";
import { addTeamMember, listTeamMembers, listTeamRepositories, removeTeamMember } from "./team-members.ts";
import { changeTeam, createTeam, deleteTeam, getTeam, listTeams, type Team } from "./teams.ts";

const oneTeamMember = z.strictObject({ organization: z.string(), team: z.string(), user: z.string() });
const description = z.string().trim().max(1000);

const team = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  created_at: timeField,
  /** How many there are. */
  members: z.int(),
  repositories: z.int(),
});

const teamMember = z.object({ name: z.string(), role: organizationRole, added_at: timeField });

const teamRepository = z.object({
  name: z.string(),
  visibility: z.enum(["public", "private"]),
  role: repositoryRole,
  granted_at: timeField,
});

/** `/api/v1/organizations/:organization/teams`. */
export const teamEndpoints = [
  endpoint({
    method: "POST",
    path: "/api/v1/organizations/:organization/teams",
    operation: "createTeam",
    summary: "Makes a team, without members and rights.",
    tag: "Teams",
    access: "maintainer",
    scope: "account",
    params: inOrganization,
    body: z.strictObject({ name: nameInput, description: description.default("") }),
    creates: true,
    answer: { status: 201, schema: team },
    run: async ({ context, actor, params, body }) =>
      describe(await createTeam(context.organizations, actor, params.organization, body)),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/organizations/:organization/teams",
    operation: "listTeams",
    summary: "Lists the teams of an organization by name.",
    tag: "Teams",
    access: "member",
    scope: "account",
    params: inOrganization,
    paged: 100,
    answer: { status: 200, schema: z.object({ teams: z.array(team) }) },
    run: async ({ context, actor, params, page, more }) => {
      const found = await listTeams(context.organizations, actor, params.organization, oneMore(page));
      return { teams: cut(found, page, more, ({ name }) => name).map(describe) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/organizations/:organization/teams/:team",
    operation: "getTeam",
    summary: "Shows a team.",
    tag: "Teams",
    access: "member",
    scope: "account",
    params: inTeam,
    answer: { status: 200, schema: team },
    run: async ({ context, actor, params }) =>
      describe(await getTeam(context.organizations, actor, params.organization, params.team)),
  }),
  endpoint({
    method: "PATCH",
    path: "/api/v1/organizations/:organization/teams/:team",
    operation: "changeTeam",
    summary: "Changes the name or the description of a team; what is left out stays.",
    tag: "Teams",
    access: "maintainer",
    scope: "account",
    params: inTeam,
    body: z.strictObject({ name: nameInput.optional(), description: description.optional() }),
    answer: { status: 200, schema: team },
    run: async ({ context, actor, params, body }) =>
      describe(await changeTeam(context.organizations, actor, params.organization, params.team, body)),
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/organizations/:organization/teams/:team",
    operation: "deleteTeam",
    summary: "Deletes a team, and with it what it gave to its members.",
    tag: "Teams",
    access: "maintainer",
    scope: "account",
    params: inTeam,
    answer: { status: 204 },
    run: async ({ context, actor, params }) =>
      deleteTeam(context.organizations, actor, params.organization, params.team),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/organizations/:organization/teams/:team/members",
    operation: "listTeamMembers",
    summary: "Lists the members of a team by name.",
    tag: "Teams",
    access: "member",
    scope: "account",
    params: inTeam,
    paged: 100,
    answer: { status: 200, schema: z.object({ members: z.array(teamMember) }) },
    run: async ({ context, actor, params, page, more }) => {
      const { organization, team: name } = params;
      const found = await listTeamMembers(context.organizations, actor, organization, name, oneMore(page));
      const shown = cut(found, page, more, (each) => each.name);
      return { members: shown.map(({ addedAt, ...rest }) => ({ ...rest, added_at: addedAt })) };
    },
  }),
  endpoint({
    method: "PUT",
    path: "/api/v1/organizations/:organization/teams/:team/members/:user",
    operation: "addTeamMember",
    summary: "Puts a member of the organization into a team.",
    tag: "Teams",
    access: "maintainer",
    scope: "account",
    params: oneTeamMember,
    answer: { status: 204 },
    run: async ({ context, actor, params }) =>
      addTeamMember(context.organizations, actor, params.organization, params.team, params.user),
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/organizations/:organization/teams/:team/members/:user",
    operation: "removeTeamMember",
    summary: "Takes a member out of a team.",
    tag: "Teams",
    access: "maintainer",
    scope: "account",
    params: oneTeamMember,
    answer: { status: 204 },
    run: async ({ context, actor, params }) =>
      removeTeamMember(context.organizations, actor, params.organization, params.team, params.user),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/organizations/:organization/teams/:team/repositories",
    operation: "listTeamRepositories",
    summary: "Lists the repositories that a team has rights on, as far as the caller may see them.",
    tag: "Teams",
    access: "member",
    scope: "account",
    params: inTeam,
    paged: 100,
    answer: { status: 200, schema: z.object({ repositories: z.array(teamRepository) }) },
    run: async ({ context, actor, params, page, more }) => {
      const { organization, team: name } = params;
      const found = await listTeamRepositories(
        context.organizations,
        actor,
        organization,
        name,
        oneMore(page),
      );
      const shown = cut(found, page, more, (each) => each.name);
      return { repositories: shown.map(({ grantedAt, ...rest }) => ({ ...rest, granted_at: grantedAt })) };
    },
  }),
];

function describe({ createdAt, ...rest }: Team) {
  return { ...rest, created_at: createdAt };
}
