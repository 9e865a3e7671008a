import { z } from "zod";
import {
  getOrganization,
  listInvitations,
  revokeInvitation,
  type Invitation,
} from "../../../organizations/index.ts";
import * as fields from "../../fields.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Older } from "../../view/pagination.tsx";
import { RowAct, RowProblem } from "../../view/row-act.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { roleWords } from "../words.ts";
import { OrganizationHead, organizationCrumbs, PartHeading, pathOf } from "./head.tsx";

export const invitationsPage = page({
  path: "/organizations/:organization/invitations",
  who: "user",
  params: z.strictObject({ organization: z.string() }),
  query: z.strictObject({ after }),
  load: async ({ services: { organizations }, actor, params: { organization: name }, query }) => {
    const organization = await getOrganization(organizations, actor, name);
    const found = await listInvitations(organizations, actor, name, asked(query.after));
    return { organization, ...shownOf(found, ({ id }) => id) };
  },
  title: ({ organization }) => `Invitations to ${organization.name}`,
  crumbs: () => organizationCrumbs,
  forms: {
    revoke: {
      fields: z.strictObject({ id: fields.text(100) }),
      run: async ({ services, actor, params, url }, { id }) => {
        await revokeInvitation(services.organizations, actor, params.organization, id);
        return new GoTo(url.pathname, { saying: "The invitation was revoked." });
      },
    },
  },
  view: ({ data: { organization, rows, last }, form, url, now }) => (
    <OrganizationHead organization={organization} tab="/invitations">
      <PartHeading
        title="Invitations"
        act={
          <a class="button" href={`${pathOf(organization.name)}/invitations/new`}>
            Invite people
          </a>
        }
      />
      <RowProblem form={form("revoke")} />
      {rows.length === 0 ? (
        <Empty title="Nobody is invited.">
          <p>Invite people by their e-mail addresses, or make a link for whoever has it.</p>
        </Empty>
      ) : (
        <Table
          caption="Invitations"
          columns={[
            { label: "Who" },
            { label: "Role", whole: true },
            { label: "Teams" },
            { label: "State" },
            { label: "Invited by" },
            { label: "Acts", unseen: true },
          ]}
          rows={rows.map((invitation) => [
            nameOf(invitation),
            roleWords[invitation.role].label,
            invitation.teams.join(", ") || <span class="muted">none</span>,
            <State invitation={invitation} now={now} />,
            <>
              {invitation.createdBy ?? "somebody who is gone"} <Time at={invitation.createdAt} now={now} />
            </>,
            invitation.state === "open" && (
              <RowAct
                form={form("revoke")}
                submit="Revoke"
                label={`Revoke the invitation of ${nameOf(invitation)}`}
                hidden={{ id: invitation.id }}
              />
            ),
          ])}
        />
      )}
      <Older url={url} name="after" last={last} label="Older invitations" />
    </OrganizationHead>
  ),
});

function nameOf({ email, uses, maximumUses }: Invitation): string {
  return email ?? `whoever has the link (used ${uses} of ${maximumUses} times)`;
}

function State({ invitation: { state, expiresAt }, now }: { invitation: Invitation; now: number }) {
  if (state === "open")
    return (
      <>
        open, ends <Time at={expiresAt} now={now} />
      </>
    );
  return <span class="muted">{state === "used" ? "accepted" : state}</span>;
}
