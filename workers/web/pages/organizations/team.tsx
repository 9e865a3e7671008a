import { z } from "zod";
import { mayInOrganization } from "../../../auth/index.ts";
import {
  addTeamMember,
  getOrganization,
  getTeam,
  listTeamMembers,
  listTeamRepositories,
  removeTeamMember,
  type Organization,
  type Team,
} from "../../../organizations/index.ts";
import { removeGrant, setGrant } from "../../../registry/index.ts";
import * as fields from "../../fields.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Field, Select } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { Older } from "../../view/pagination.tsx";
import { RowAct, RowProblem } from "../../view/row-act.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { repositoryRoles, rightOptions, rightWords, roleWords } from "../words.ts";
import { OrganizationHead, organizationCrumbs, PartHeading, pathOf } from "./head.tsx";

export function teamPath(organization: Pick<Organization, "name">, team: Pick<Team, "name">): string {
  return `${pathOf(organization.name)}/teams/${team.name}`;
}

/** A team: its members, and the repositories it has a right on. */
export const teamPage = page({
  path: "/organizations/:organization/teams/:team",
  who: "user",
  params: z.strictObject({ organization: z.string(), team: z.string() }),
  query: z.strictObject({ member: after, repository: after }),
  load: async ({ services: { organizations }, actor, params, query }) => {
    const of = [params.organization, params.team] as const;
    const organization = await getOrganization(organizations, actor, params.organization);
    const [team, members, repositories] = await Promise.all([
      getTeam(organizations, actor, ...of),
      listTeamMembers(organizations, actor, ...of, asked(query.member)),
      listTeamRepositories(organizations, actor, ...of, asked(query.repository)),
    ]);
    return {
      organization,
      team,
      members: shownOf(members, ({ name }) => name),
      repositories: shownOf(repositories, ({ name }) => name),
    };
  },
  title: ({ organization, team }) => `Team ${team.name} of ${organization.name}`,
  crumbs: (_at, { organization: { name } }) => [
    ...organizationCrumbs,
    { label: name, href: pathOf(name) },
    { label: "Teams", href: `${pathOf(name)}/teams` },
  ],
  forms: {
    addMember: {
      fields: z.strictObject({ user: fields.text(64) }),
      run: async ({ services, actor, params, url }, { user }) => {
        const name = user.trim().toLowerCase();
        await addTeamMember(services.organizations, actor, params.organization, params.team, name);
        return new GoTo(url.pathname, { saying: `${name} is in the team ${params.team}.` });
      },
    },
    removeMember: {
      fields: z.strictObject({ user: fields.text(64) }),
      run: async ({ services, actor, params, url }, { user }) => {
        await removeTeamMember(services.organizations, actor, params.organization, params.team, user);
        return new GoTo(url.pathname, { saying: `${user} is not in the team ${params.team} any more.` });
      },
    },
    grant: {
      fields: z.strictObject({ repository: fields.text(300), role: z.enum(repositoryRoles) }),
      run: async ({ services, actor, params, url }, { repository, role }) => {
        const name = repository.trim().toLowerCase();
        const full = name.includes("/") ? name : `${params.organization}/${name}`;
        await setGrant(services.registry, actor, full, { team: params.team }, role);
        return new GoTo(url.pathname, {
          saying: `The team ${params.team} may ${rightWords[role].hint} in ${full}.`,
        });
      },
    },
    removeGrant: {
      fields: z.strictObject({ repository: fields.text(300) }),
      run: async ({ services, actor, params, url }, { repository }) => {
        await removeGrant(services.registry, actor, repository, { team: params.team });
        return new GoTo(url.pathname, {
          saying: `The team ${params.team} has no right on ${repository} any more.`,
        });
      },
    },
  },
  view: ({ data: { organization, team, members, repositories }, form, url, now }) => {
    const mayChange = mayInOrganization(organization.role, "teams");
    return (
      <OrganizationHead organization={organization} tab="/teams">
        <PartHeading
          title={`Team ${team.name}`}
          act={
            mayChange && (
              <a class="button quiet" href={`${teamPath(organization, team)}/settings`}>
                Rename or delete
              </a>
            )
          }
        >
          {team.description || undefined}
        </PartHeading>
        <RowProblem form={form("removeMember")} />
        <RowProblem form={form("removeGrant")} />
        <div class="columns">
          <Section title={`Members (${team.members.toLocaleString("en")})`}>
            {mayChange && (
              <Form form={form("addMember")} submit="Add member">
                <Field
                  form={form("addMember")}
                  name="user"
                  label="Name"
                  maxlength={64}
                  exact
                  hint={`Somebody who is in ${organization.name}.`}
                />
              </Form>
            )}
            {members.rows.length === 0 ? (
              <p class="muted">Nobody yet.</p>
            ) : (
              <Table
                caption={`Members of the team ${team.name}`}
                columns={[
                  { label: "Name" },
                  { label: "Role", whole: true },
                  { label: "Since", whole: true },
                  ...(mayChange ? [{ label: "Acts", unseen: true }] : []),
                ]}
                rows={members.rows.map(({ name, role, addedAt }) => [
                  name,
                  roleWords[role].label,
                  <Time at={addedAt} now={now} />,
                  ...(mayChange
                    ? [
                        <RowAct
                          form={form("removeMember")}
                          submit="Remove"
                          label={`Remove ${name} from the team`}
                          hidden={{ user: name }}
                        />,
                      ]
                    : []),
                ])}
              />
            )}
            <Older url={url} name="member" last={members.last} label="More members" />
          </Section>
          <Section title={`Repositories (${team.repositories.toLocaleString("en")})`}>
            {mayChange && (
              <Form form={form("grant")} submit="Give right">
                <Field
                  form={form("grant")}
                  name="repository"
                  label="Repository"
                  maxlength={300}
                  exact
                  placeholder={`${organization.name}/web`}
                />
                <Select form={form("grant")} name="role" label="Right" options={rightOptions} value="read" />
              </Form>
            )}
            {repositories.rows.length === 0 ? (
              <p class="muted">The team has a right on none yet.</p>
            ) : (
              <Table
                caption={`Repositories of the team ${team.name}`}
                columns={[
                  { label: "Repository" },
                  { label: "Right", whole: true },
                  ...(mayChange ? [{ label: "Acts", unseen: true }] : []),
                ]}
                rows={repositories.rows.map(({ name, role }) => [
                  mayChange ? <a href={`/r/${name}/-/access`}>{name}</a> : name,
                  rightWords[role].label,
                  ...(mayChange
                    ? [
                        <RowAct
                          form={form("removeGrant")}
                          submit="Remove"
                          label={`Remove the right on ${name}`}
                          hidden={{ repository: name }}
                        />,
                      ]
                    : []),
                ])}
              />
            )}
            <Older url={url} name="repository" last={repositories.last} label="More repositories" />
          </Section>
        </div>
      </OrganizationHead>
    );
  },
});
