import { z } from "zod";
import { requireOrganization } from "../../../auth/index.ts";
import {
  deleteOrganization,
  getOrganization,
  listMembers,
  listTeams,
  renameOrganization,
} from "../../../organizations/index.ts";
import { HubError } from "../../../shared/errors.ts";
import * as fields from "../../fields.ts";
import { GoTo, page } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { count } from "../words.ts";
import { OrganizationHead, organizationCrumbs, PartHeading, pathOf } from "./head.tsx";

const params = z.strictObject({ organization: z.string() });

/** What is counted exactly; what goes beyond is called so. */
const counted = 1000;

function crumbsOf(name: string) {
  return [
    ...organizationCrumbs,
    { label: name, href: pathOf(name) },
    { label: "Settings", href: `${pathOf(name)}/settings` },
  ];
}

export const renameOrganizationPage = page({
  path: "/organizations/:organization/rename",
  who: "sudo",
  params,
  load: async ({ services: { organizations, auth }, actor, params: { organization } }) => {
    await requireOrganization(auth, actor, organization, "own");
    return getOrganization(organizations, actor, organization);
  },
  title: ({ name }) => `Rename ${name}`,
  crumbs: (_at, { name }) => crumbsOf(name),
  forms: {
    rename: {
      fields: z.strictObject({ name: fields.text(64) }),
      run: async ({ services, actor, params: { organization } }, { name }) => {
        const renamed = await renameOrganization(services.organizations, actor, organization, name);
        return new GoTo(pathOf(renamed.name), { saying: `${organization} is called ${renamed.name} now.` });
      },
    },
  },
  view: ({ data: organization, form }) => (
    <OrganizationHead organization={organization} tab="/settings">
      <PartHeading title={`Rename ${organization.name}`}>
        All its repositories get the new name at once. The old name stays yours: pulls by it go on working,
        and nobody else can take it until you release it.
      </PartHeading>
      <Form
        form={form("rename")}
        submit={`Rename ${organization.name}`}
        danger
        beside={<a href={`${pathOf(organization.name)}/settings`}>Keep the name</a>}
      >
        <Field
          form={form("rename")}
          name="name"
          label="New name"
          value={organization.name}
          maxlength={64}
          exact
          autofocus
        />
      </Form>
    </OrganizationHead>
  ),
});

export const deleteOrganizationPage = page({
  path: "/organizations/:organization/delete",
  who: "sudo",
  params,
  load: async ({ services: { organizations, auth }, actor, params: { organization: name } }) => {
    await requireOrganization(auth, actor, name, "own");
    const all = { limit: counted + 1, last: "" };
    const [organization, teams, members] = await Promise.all([
      getOrganization(organizations, actor, name),
      listTeams(organizations, actor, name, all),
      listMembers(organizations, actor, name, {}, all),
    ]);
    return { organization, teams: teams.length, members: members.length };
  },
  title: ({ organization }) => `Delete ${organization.name}`,
  crumbs: (_at, { organization }) => crumbsOf(organization.name),
  forms: {
    delete: {
      fields: z.strictObject({ name: fields.text(64) }),
      run: async ({ services, actor, params: { organization } }, { name }) => {
        if (name !== organization)
          throw new HubError("invalid", `this is not "${organization}"`, { detail: { field: "name" } });
        await deleteOrganization(services.organizations, actor, organization);
        return new GoTo("/organizations", { saying: `The organization ${organization} is deleted.` });
      },
    },
  },
  view: ({ data: { organization, teams, members }, form }) => {
    const { name } = organization;
    return (
      <OrganizationHead organization={organization} tab="/settings">
        <PartHeading title={`Delete ${name}`}>
          {`It has ${atMost(members, "member")}. Its tokens, robots and rules for CI stop working at once. This cannot be undone. While it has repositories it cannot be deleted.`}
        </PartHeading>
        <Form
          form={form("delete")}
          submit={
            teams === 0
              ? `Delete organization ${name}`
              : `Delete organization ${name} and its ${atMost(teams, "team")}`
          }
          danger
          beside={<a href={`${pathOf(name)}/settings`}>Keep {name}</a>}
        >
          <Field form={form("delete")} name="name" label={`To go on, type ${name}`} exact autofocus />
        </Form>
      </OrganizationHead>
    );
  },
});

function atMost(number: number, one: string): string {
  return number > counted ? `more than ${count(counted, one)}` : count(number, one);
}
