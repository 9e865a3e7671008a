import { z } from "zod";
import { mayInOrganization } from "../../../auth/index.ts";
import { getOrganization, listMembers } from "../../../organizations/index.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Filter, FilterChoice, Filters } from "../../view/filters.tsx";
import { Older } from "../../view/pagination.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { organizationRoles, roleWords } from "../words.ts";
import { OrganizationHead, organizationCrumbs, PartHeading, pathOf } from "./head.tsx";

export const membersPage = page({
  path: "/organizations/:organization/members",
  who: "user",
  params: z.strictObject({ organization: z.string() }),
  query: z.strictObject({
    role: z.enum(organizationRoles).optional(),
    name: z.string().max(64).optional(),
    after,
  }),
  load: async ({ services, actor, params, query: { role, name, after: last } }) => {
    const organization = await getOrganization(services.organizations, actor, params.organization);
    const filter = { role, search: name || undefined };
    const found = await listMembers(services.organizations, actor, params.organization, filter, asked(last));
    return { organization, ...shownOf(found, (member) => member.name) };
  },
  title: ({ organization }) => `Members of ${organization.name}`,
  crumbs: () => organizationCrumbs,
  view: ({ data: { organization, rows, last }, query, url, now }) => {
    const home = pathOf(organization.name);
    const mayManage = mayInOrganization(organization.role, "teams");
    return (
      <OrganizationHead organization={organization} tab="/members">
        <PartHeading
          title="Members"
          act={
            mayInOrganization(organization.role, "members") && (
              <a class="button" href={`${home}/invitations/new`}>
                Invite people
              </a>
            )
          }
        />
        <Filters label="Filter members">
          <Filter name="name" label="Name" value={query.name} />
          <FilterChoice
            name="role"
            label="Role"
            value={query.role}
            options={organizationRoles.map((value) => ({ value, label: roleWords[value].label }))}
          />
        </Filters>
        {rows.length === 0 ? (
          <Empty title="Nobody fits.">
            <p>
              <a href={`${home}/members`}>Show all members</a>
            </p>
          </Empty>
        ) : (
          <Table
            caption="Members"
            columns={[
              { label: "Name" },
              { label: "Role", whole: true },
              ...(organization.role === "owner" ? [{ label: "Two-factor" }] : []),
              { label: "Since", whole: true },
            ]}
            rows={rows.map(({ name, role, twoFactor, addedAt }) => [
              mayManage ? (
                <a class="name" href={`${home}/members/${name}`}>
                  {name}
                </a>
              ) : (
                name
              ),
              roleWords[role].label,
              ...(organization.role === "owner" ? [twoFactor ? "on" : <span class="muted">off</span>] : []),
              <Time at={addedAt} now={now} />,
            ])}
          />
        )}
        <Older url={url} name="after" last={last} label="More members" />
      </OrganizationHead>
    );
  },
});
