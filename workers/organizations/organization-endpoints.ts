import { z } from "zod";
import { timeField } from "../platform/endpoint-fields.ts";
import { day } from "../platform/clock.ts";
import { cut, endpoint, inOrganization, nameInput, oneMore, organizationRole } from "./endpoint.ts";
import { deleteOrganization, listOldNames, releaseOldName } from "./names.ts";
import {
  createOrganization,
  getOrganization,
  listOrganizations,
  type Organization,
} from "./organizations.ts";
import { renameOrganization } from "./rename.ts";
import { changeSettings } from "./settings.ts";

const displayName = z.string().trim().max(100);
const repositoryCreation = z.enum(["members", "maintainers"]);
const visibility = z.enum(["public", "private"]);

const organization = z.object({
  id: z.string(),
  name: z.string(),
  display_name: z.string(),
  created_at: timeField,
  /** The caller's. */
  role: organizationRole,
  require_two_factor: z.boolean(),
  /** null: access tokens of any age. */
  maximum_token_age_days: z.int().nullable(),
  repository_creation: repositoryCreation,
  default_visibility: visibility,
});

/** `/api/v1/organizations`: organizations themselves, their policy and names. */
export const organizationItselfEndpoints = [
  endpoint({
    method: "POST",
    path: "/api/v1/organizations",
    operation: "createOrganization",
    summary: "Makes an organization, with the caller as its owner.",
    tag: "Organizations",
    access: "user",
    scope: "account",
    body: z.strictObject({ name: nameInput, display_name: displayName.default("") }),
    creates: true,
    answer: { status: 201, schema: organization },
    run: async ({ context, actor, body }) =>
      describe(
        await createOrganization(context.organizations, actor, {
          name: body.name,
          displayName: body.display_name,
        }),
      ),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/organizations",
    operation: "listOrganizations",
    summary: "Lists the organizations that the caller is in, by name.",
    tag: "Organizations",
    access: "signed-in",
    scope: "account",
    paged: 100,
    answer: { status: 200, schema: z.object({ organizations: z.array(organization) }) },
    run: async ({ context, actor, page, more }) => {
      const found = await listOrganizations(context.organizations, actor, oneMore(page));
      return { organizations: cut(found, page, more, ({ name }) => name).map(describe) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/organizations/:organization",
    operation: "getOrganization",
    summary: "Shows an organization and its policy.",
    tag: "Organizations",
    access: "member",
    scope: "account",
    params: inOrganization,
    answer: { status: 200, schema: organization },
    run: async ({ context, actor, params }) =>
      describe(await getOrganization(context.organizations, actor, params.organization)),
  }),
  endpoint({
    method: "PATCH",
    path: "/api/v1/organizations/:organization",
    operation: "changeOrganization",
    summary: "Changes what people call an organization, and its policy; what is left out stays.",
    tag: "Organizations",
    access: "owner",
    scope: "account",
    params: inOrganization,
    body: z.strictObject({
      display_name: displayName.optional(),
      require_two_factor: z.boolean().optional(),
      maximum_token_age_days: z.int().min(1).max(3650).nullable().optional(),
      repository_creation: repositoryCreation.optional(),
      default_visibility: visibility.optional(),
    }),
    answer: { status: 200, schema: organization },
    run: async ({ context, actor, params, body }) => {
      const days = body.maximum_token_age_days;
      const changed = await changeSettings(context.organizations, actor, params.organization, {
        displayName: body.display_name,
        requireTwoFactor: body.require_two_factor,
        maximumTokenAge: typeof days === "number" ? days * day : days,
        repositoryCreation: body.repository_creation,
        defaultVisibility: body.default_visibility,
      });
      return describe(changed);
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/organizations/:organization",
    operation: "deleteOrganization",
    summary: "Deletes an organization without repositories, and its teams, tokens and robots.",
    tag: "Organizations",
    access: "owner",
    scope: "account",
    params: inOrganization,
    answer: { status: 204 },
    run: async ({ context, actor, params }) =>
      deleteOrganization(context.organizations, actor, params.organization),
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/organizations/:organization/rename",
    operation: "renameOrganization",
    summary: "Gives an organization and its repositories another name; the old one goes on leading there.",
    tag: "Organizations",
    access: "owner",
    scope: "account",
    params: inOrganization,
    body: z.strictObject({ name: nameInput }),
    answer: { status: 200, schema: organization },
    run: async ({ context, actor, params, body }) =>
      describe(await renameOrganization(context.organizations, actor, params.organization, body.name)),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/organizations/:organization/old-names",
    operation: "listOldNames",
    summary: "Lists the names that an organization had before and still holds.",
    tag: "Organizations",
    access: "owner",
    scope: "account",
    params: inOrganization,
    answer: { status: 200, schema: z.object({ old_names: z.array(z.string()) }) },
    run: async ({ context, actor, params }) => ({
      old_names: await listOldNames(context.organizations, actor, params.organization),
    }),
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/organizations/:organization/old-names/:name",
    operation: "releaseOldName",
    summary: "Gives up an old name: it leads nowhere any more, and soon anybody can take it.",
    tag: "Organizations",
    access: "owner",
    scope: "account",
    params: z.strictObject({ organization: z.string(), name: z.string() }),
    answer: { status: 204 },
    run: async ({ context, actor, params }) =>
      releaseOldName(context.organizations, actor, params.organization, params.name),
  }),
];

function describe({ maximumTokenAge, ...rest }: Organization) {
  return {
    ...rest,
    display_name: rest.displayName,
    created_at: rest.createdAt,
    require_two_factor: rest.requireTwoFactor,
    maximum_token_age_days: maximumTokenAge === null ? null : maximumTokenAge / day,
    repository_creation: rest.repositoryCreation,
    default_visibility: rest.defaultVisibility,
  };
}
