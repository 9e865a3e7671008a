import { z } from "zod";
import { requireSudo } from "../../../accounts/index.ts";
import { mayInOrganization } from "../../../auth/index.ts";
import {
  changeRole,
  getMember,
  getOrganization,
  leaveOrganization,
  removeMember,
} from "../../../organizations/index.ts";
import { GoTo, page } from "../../page.ts";
import { Select } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { Time } from "../../view/time.tsx";
import { count, organizationRoles, rightWords, roleOptions, roleWords } from "../words.ts";
import { OrganizationHead, organizationCrumbs, PartHeading, pathOf } from "./head.tsx";

/** One member: what they are and have, for those who manage teams; their role and removal, for owners. */
export const memberPage = page({
  path: "/organizations/:organization/members/:user",
  who: "user",
  params: z.strictObject({ organization: z.string(), user: z.string() }),
  load: async ({ services: { organizations }, actor, params }) => {
    const organization = await getOrganization(organizations, actor, params.organization);
    return { organization, member: await getMember(organizations, actor, params.organization, params.user) };
  },
  title: ({ organization, member }) => `${member.name} in ${organization.name}`,
  crumbs: (_at, { organization: { name } }) => [
    ...organizationCrumbs,
    { label: name, href: pathOf(name) },
    { label: "Members", href: `${pathOf(name)}/members` },
  ],
  forms: {
    role: {
      fields: z.strictObject({ role: z.enum(organizationRoles) }),
      run: async ({ services, session, actor, params, url }, { role }) => {
        requireSudo(services.accounts, session);
        await changeRole(services.organizations, actor, params.organization, params.user, role);
        return new GoTo(url.pathname, { saying: `${params.user} is ${roleWords[role].article} now.` });
      },
    },
    remove: {
      fields: z.strictObject({}),
      run: async ({ services, session, actor, params }) => {
        requireSudo(services.accounts, session);
        await removeMember(services.organizations, actor, params.organization, params.user);
        return new GoTo(`${pathOf(params.organization)}/members`, {
          saying: `${params.user} is not in ${params.organization} any more.`,
        });
      },
    },
  },
  view: ({ data: { organization, member }, form, now }) => {
    const { name, role, teams, repositories, twoFactor, addedAt } = member;
    const goes = [
      teams.length > 0 && `leave ${count(teams.length, "team")}`,
      repositories.length > 0 && `lose ${count(repositories.length, "grant")} on repositories`,
    ].filter((each) => each !== false);
    return (
      <OrganizationHead organization={organization} tab="/members">
        <PartHeading title={name} />
        <dl>
          <dt>Role</dt>
          <dd>{roleWords[role].label}</dd>
          <dt>Since</dt>
          <dd>
            <Time at={addedAt} now={now} />
          </dd>
          {twoFactor !== null && (
            <>
              <dt>Two-factor</dt>
              <dd>{twoFactor ? "on" : "off"}</dd>
            </>
          )}
          <dt>Teams</dt>
          <dd>
            {teams.length === 0 && <span class="muted">none</span>}
            <ul class="plain">
              {teams.map((team) => (
                <li>
                  <a href={`${pathOf(organization.name)}/teams/${team}`}>{team}</a>
                </li>
              ))}
            </ul>
          </dd>
          <dt>Granted directly</dt>
          <dd>
            {repositories.length === 0 && <span class="muted">nothing</span>}
            <ul class="plain">
              {repositories.map((grant) => (
                <li>
                  <a href={`/r/${grant.name}/-/access`}>{grant.name}</a> {rightWords[grant.role].label}
                </li>
              ))}
            </ul>
          </dd>
        </dl>
        {mayInOrganization(organization.role, "members") && (
          <div class="columns">
            <Section title="Change role">
              <Form form={form("role")} submit={`Change role of ${name}`}>
                <Select form={form("role")} name="role" label="Role" options={roleOptions} value={role} />
              </Form>
            </Section>
            <Section title="Remove">
              <p>
                {goes.length > 0 && `They will ${goes.join(" and ")}. `}What they have pushed stays. It takes
                effect at once, on <code>/v2</code> within five minutes.
              </p>
              <Form form={form("remove")} submit={`Remove ${name} from ${organization.name}`} danger />
            </Section>
          </div>
        )}
      </OrganizationHead>
    );
  },
});

/** Everybody may leave, guests and those whom the policy keeps out too: so this reads nothing of the organization. */
export const leavePage = page({
  path: "/organizations/:organization/leave",
  who: "user",
  params: z.strictObject({ organization: z.string() }),
  title: "Leave an organization",
  crumbs: () => organizationCrumbs,
  load: () => null,
  forms: {
    leave: {
      fields: z.strictObject({}),
      run: async ({ services, actor, params }) => {
        await leaveOrganization(services.organizations, actor, params.organization);
        return new GoTo("/organizations", { saying: `You are not in ${params.organization} any more.` });
      },
    },
  },
  view: ({ params: { organization }, form }) => (
    <>
      <h1>Leave {organization}</h1>
      <p>
        Your place in its teams and what was granted to you on its repositories go with you. To come back you
        need an invitation.
      </p>
      <Form
        form={form("leave")}
        submit={`Leave ${organization}`}
        danger
        beside={<a href="/organizations">Stay</a>}
      />
    </>
  ),
});
