import { z } from "zod";
import { requireSudo } from "../../../accounts/index.ts";
import { changeTeam, deleteTeam, getOrganization, getTeam } from "../../../organizations/index.ts";
import * as fields from "../../fields.ts";
import { GoTo, page } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { count } from "../words.ts";
import { OrganizationHead, organizationCrumbs, PartHeading, pathOf } from "./head.tsx";
import { teamPath } from "./team.tsx";

export const teamSettingsPage = page({
  path: "/organizations/:organization/teams/:team/settings",
  who: "user",
  params: z.strictObject({ organization: z.string(), team: z.string() }),
  load: async ({ services: { organizations }, actor, params }) => ({
    organization: await getOrganization(organizations, actor, params.organization),
    team: await getTeam(organizations, actor, params.organization, params.team),
  }),
  title: ({ organization, team }) => `Team ${team.name} of ${organization.name}: settings`,
  crumbs: (_at, { organization, team }) => [
    ...organizationCrumbs,
    { label: organization.name, href: pathOf(organization.name) },
    { label: "Teams", href: `${pathOf(organization.name)}/teams` },
    { label: team.name, href: teamPath(organization, team) },
  ],
  forms: {
    change: {
      fields: z.strictObject({ name: fields.text(64), description: z.string().max(1000).default("") }),
      run: async ({ services, actor, params }, wanted) => {
        const team = await changeTeam(
          services.organizations,
          actor,
          params.organization,
          params.team,
          wanted,
        );
        return new GoTo(teamPath({ name: params.organization }, team), {
          saying: `The team ${team.name} was changed.`,
        });
      },
    },
    delete: {
      fields: z.strictObject({}),
      run: async ({ services, session, actor, params }) => {
        requireSudo(services.accounts, session);
        await deleteTeam(services.organizations, actor, params.organization, params.team);
        return new GoTo(`${pathOf(params.organization)}/teams`, {
          saying: `The team ${params.team} was deleted.`,
        });
      },
    },
  },
  view: ({ data: { organization, team }, form }) => (
    <OrganizationHead organization={organization} tab="/teams">
      <PartHeading title={`Settings of the team ${team.name}`} />
      <div class="columns">
        <Section title="Name and description">
          <Form form={form("change")} submit="Save team">
            <Field form={form("change")} name="name" label="Name" value={team.name} maxlength={64} exact />
            <Field
              form={form("change")}
              name="description"
              label="Description"
              value={team.description}
              maxlength={1000}
              optional
            />
          </Form>
        </Section>
        <Section title="Delete">
          <p>
            {`What only the team gave is gone at once: to ${count(team.members, "member")}, on ${count(team.repositories, "repository", "repositories")}. Nobody leaves ${organization.name}.`}
          </p>
          <Form form={form("delete")} submit={`Delete team ${team.name}`} danger />
        </Section>
      </div>
    </OrganizationHead>
  ),
});
