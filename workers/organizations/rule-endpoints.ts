import { z } from "zod";
import { timeField } from "../platform/endpoint-fields.ts";
import { addRule, listRules, removeRule, type DefaultRule } from "./default-rules.ts";
import { endpoint, inOrganization, nameInput, repositoryRole } from "./endpoint.ts";

const rule = z.object({
  id: z.string(),
  /** null: anybody. */
  creator: z.string().nullable(),
  /** One of the two is null. */
  team: z.string().nullable(),
  user: z.string().nullable(),
  role: repositoryRole,
  created_at: timeField,
});

/** `/api/v1/organizations/:organization/default-rules`: "what anybody makes here gives this team that role". */
export const ruleEndpoints = [
  endpoint({
    method: "GET",
    path: "/api/v1/organizations/:organization/default-rules",
    operation: "listDefaultRules",
    summary: "Lists the default rules of an organization.",
    tag: "Default rules",
    access: "member",
    scope: "account",
    params: inOrganization,
    answer: { status: 200, schema: z.object({ default_rules: z.array(rule) }) },
    run: async ({ context, actor, params }) => ({
      default_rules: (await listRules(context.organizations, actor, params.organization)).map(describe),
    }),
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/organizations/:organization/default-rules",
    operation: "addDefaultRule",
    summary: "Adds a rule: what somebody, or anybody, makes here gives a team or a member this role.",
    tag: "Default rules",
    access: "maintainer",
    scope: "account",
    params: inOrganization,
    body: z.strictObject({
      /** A member; anybody without. */
      creator: nameInput.optional(),
      /** One of the two. */
      team: nameInput.optional(),
      user: nameInput.optional(),
      role: repositoryRole,
    }),
    creates: true,
    answer: { status: 201, schema: rule },
    run: async ({ context, actor, params, body }) =>
      describe(await addRule(context.organizations, actor, params.organization, body)),
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/organizations/:organization/default-rules/:id",
    operation: "removeDefaultRule",
    summary: "Takes a default rule away, and at once what it gave.",
    tag: "Default rules",
    access: "maintainer",
    scope: "account",
    params: z.strictObject({ organization: z.string(), id: z.string() }),
    answer: { status: 204 },
    run: async ({ context, actor, params }) =>
      removeRule(context.organizations, actor, params.organization, params.id),
  }),
];

function describe({ createdAt, ...rest }: DefaultRule) {
  return { ...rest, created_at: createdAt };
}
