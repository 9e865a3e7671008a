import { z } from "zod";
import { mayInOrganization } from "../../../auth/index.ts";
import { createTeam, getOrganization, listTeams } from "../../../organizations/index.ts";
import * as fields from "../../fields.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Older } from "../../view/pagination.tsx";
import { Table } from "../../view/table.tsx";
import { OrganizationHead, organizationCrumbs, PartHeading, pathOf } from "./head.tsx";

const params = z.strictObject({ organization: z.string() });

export const teamsPage = page({
  path: "/organizations/:organization/teams",
  who: "user",
  params,
  query: z.strictObject({ after }),
  load: async ({ services, actor, params: { organization: name }, query }) => {
    const organization = await getOrganization(services.organizations, actor, name);
    const found = await listTeams(services.organizations, actor, name, asked(query.after));
    return { organization, ...shownOf(found, (team) => team.name) };
  },
  title: ({ organization }) => `Teams of ${organization.name}`,
  crumbs: () => organizationCrumbs,
  view: ({ data: { organization, rows, last }, url }) => {
    const home = pathOf(organization.name);
    const mayMake = mayInOrganization(organization.role, "teams");
    return (
      <OrganizationHead organization={organization} tab="/teams">
        <PartHeading
          title="Teams"
          act={
            mayMake && (
              <a class="button" href={`${home}/new-team`}>
                New team
              </a>
            )
          }
        />
        {rows.length === 0 ? (
          <Empty title="There are no teams.">
            <p>
              A team has a right on repositories, and its members have it through the team. Who leaves the
              team loses it at once.
            </p>
          </Empty>
        ) : (
          <Table
            caption="Teams"
            columns={[
              { label: "Name" },
              { label: "Description" },
              { label: "Members", number: true },
              { label: "Repositories", number: true },
            ]}
            rows={rows.map((team) => [
              <a class="name" href={`${home}/teams/${team.name}`}>
                {team.name}
              </a>,
              team.description,
              team.members.toLocaleString("en"),
              team.repositories.toLocaleString("en"),
            ])}
          />
        )}
        <Older url={url} name="after" last={last} label="More teams" />
      </OrganizationHead>
    );
  },
});

export const newTeamPage = page({
  path: "/organizations/:organization/new-team",
  who: "user",
  params,
  load: async ({ services, actor, params: { organization } }) =>
    getOrganization(services.organizations, actor, organization),
  title: "New team",
  crumbs: (_at, { name }) => [
    ...organizationCrumbs,
    { label: name, href: pathOf(name) },
    { label: "Teams", href: `${pathOf(name)}/teams` },
  ],
  forms: {
    create: {
      fields: z.strictObject({ name: fields.text(64), description: z.string().max(1000).default("") }),
      run: async ({ services, actor, params: { organization } }, wanted) => {
        const { name } = await createTeam(services.organizations, actor, organization, wanted);
        return new GoTo(`${pathOf(organization)}/teams/${name}`, {
          saying: `The team ${name} is there. Add its members.`,
        });
      },
    },
  },
  view: ({ data: organization, form }) => (
    <OrganizationHead organization={organization} tab="/teams">
      <PartHeading title="New team" />
      <Form form={form("create")} submit="Create team">
        <Field
          form={form("create")}
          name="name"
          label="Name"
          maxlength={64}
          exact
          autofocus
          placeholder="web"
          hint="Small letters, digits, and . _ - between them."
        />
        <Field form={form("create")} name="description" label="Description" maxlength={1000} optional />
      </Form>
    </OrganizationHead>
  ),
});
