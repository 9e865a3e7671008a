import { z } from "zod";
import { timeField } from "../platform/endpoint-fields.ts";
import {
  cut,
  endpoint,
  inOrganization,
  nameInput,
  oneMore,
  organizationRole,
  repositoryRole,
} from "./endpoint.ts";
import {
  changeRole,
  getMember,
  leaveOrganization,
  listMembers,
  removeMember,
  type Member,
} from "./members.ts";

const oneMember = z.strictObject({ organization: z.string(), user: z.string() });

const member = z.object({
  id: z.string(),
  name: z.string(),
  role: organizationRole,
  added_at: timeField,
  /** null: for owners to see. */
  two_factor: z.boolean().nullable(),
});

const memberDetail = member.extend({
  teams: z.array(z.string()),
  /** Granted to them directly. */
  repositories: z.array(z.object({ name: z.string(), role: repositoryRole })),
});

/** `/api/v1/organizations/:organization/members`. */
export const memberEndpoints = [
  endpoint({
    method: "GET",
    path: "/api/v1/organizations/:organization/members",
    operation: "listMembers",
    summary: "Lists the members of an organization by name.",
    tag: "Members",
    access: "member",
    scope: "account",
    params: inOrganization,
    query: z.strictObject({
      role: organizationRole.optional(),
      /** What the name has in it. */
      search: nameInput.optional(),
    }),
    paged: 100,
    answer: { status: 200, schema: z.object({ members: z.array(member) }) },
    run: async ({ context, actor, params, query, page, more }) => {
      const found = await listMembers(
        context.organizations,
        actor,
        params.organization,
        query,
        oneMore(page),
      );
      return { members: cut(found, page, more, ({ name }) => name).map(describe) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/organizations/:organization/members/:user",
    operation: "getMember",
    summary: "Shows a member, with their teams and what was granted to them directly.",
    tag: "Members",
    access: "maintainer",
    scope: "account",
    params: oneMember,
    answer: { status: 200, schema: memberDetail },
    run: async ({ context, actor, params }) => {
      const found = await getMember(context.organizations, actor, params.organization, params.user);
      return { ...found, ...describe(found) };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/api/v1/organizations/:organization/members/:user",
    operation: "changeRole",
    summary: "Gives a member another role. The last owner stays one.",
    tag: "Members",
    access: "owner",
    scope: "account",
    params: oneMember,
    body: z.strictObject({ role: organizationRole }),
    answer: { status: 204 },
    run: async ({ context, actor, params, body }) =>
      changeRole(context.organizations, actor, params.organization, params.user, body.role),
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/organizations/:organization/members/:user",
    operation: "removeMember",
    summary:
      "Removes a member, with their teams and everything that was granted to them. The last owner stays.",
    tag: "Members",
    access: "owner",
    scope: "account",
    params: oneMember,
    answer: { status: 204 },
    run: async ({ context, actor, params }) =>
      removeMember(context.organizations, actor, params.organization, params.user),
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/organizations/:organization/leave",
    operation: "leaveOrganization",
    summary: "Leaves an organization. The last owner stays.",
    tag: "Members",
    access: "guest",
    scope: "account",
    params: inOrganization,
    answer: { status: 204 },
    run: async ({ context, actor, params }) =>
      leaveOrganization(context.organizations, actor, params.organization),
  }),
];

function describe({ addedAt, twoFactor, ...rest }: Member) {
  return { ...rest, added_at: addedAt, two_factor: twoFactor };
}
