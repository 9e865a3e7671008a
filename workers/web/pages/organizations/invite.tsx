import { z } from "zod";
import { requireSudo } from "../../../accounts/index.ts";
import {
  getOrganization,
  inviteByEmail,
  inviteByLink,
  listTeams,
  type Organization,
  type Sent,
} from "../../../organizations/index.ts";
import { day } from "../../../platform/clock.ts";
import type { FormState } from "../../form-state.ts";
import { page, Show } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Checkbox, Field, FieldGroup, Select, TextArea } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading, Section } from "../../view/heading.tsx";
import { Notice } from "../../view/notice.tsx";
import { Table } from "../../view/table.tsx";
import { count, organizationRoles, roleOptions } from "../words.ts";
import { OrganizationHead, organizationCrumbs, PartHeading, pathOf } from "./head.tsx";

/** Teams that a form offers; people can be added to any team later. */
const offeredTeams = 100;

const lifetimes = ["1", "7", "30"] as const;

const offer = {
  role: z.enum(organizationRoles),
  teams: z.array(z.string().max(64)).max(20),
  days: z.enum(lifetimes),
};

export const invitePage = page({
  path: "/organizations/:organization/invitations/new",
  who: "user",
  params: z.strictObject({ organization: z.string() }),
  load: async ({ services: { organizations }, actor, params: { organization: name } }) => {
    const organization = await getOrganization(organizations, actor, name);
    const teams = await listTeams(organizations, actor, name, { limit: offeredTeams, last: "" });
    return { organization, teams: teams.map((team) => team.name) };
  },
  title: ({ organization }) => `Invite people to ${organization.name}`,
  crumbs: (_at, { organization: { name } }) => [
    ...organizationCrumbs,
    { label: name, href: pathOf(name) },
    { label: "Invitations", href: `${pathOf(name)}/invitations` },
  ],
  forms: {
    email: {
      fields: z.strictObject({ emails: z.string().min(1).max(30_000), ...offer }),
      run: async ({ services, session, actor, params, visit }, { emails, days, ...wanted }) => {
        if (isAboveMembers(wanted.role)) requireSudo(services.accounts, session);
        const sent = await inviteByEmail(
          services.organizations,
          actor,
          params.organization,
          { ...wanted, emails: emails.split(/[\s,;]+/).filter(Boolean), lifetime: Number(days) * day },
          visit.origin,
        );
        return new Show("Invited", <SentList organization={params.organization} sent={sent} />);
      },
    },
    link: {
      fields: z.strictObject({ uses: z.coerce.number().int().min(1).max(1000), ...offer }),
      run: async ({ services, session, actor, params, visit }, { uses, days, ...wanted }) => {
        if (isAboveMembers(wanted.role)) requireSudo(services.accounts, session);
        const { link } = await inviteByLink(
          services.organizations,
          actor,
          params.organization,
          { ...wanted, maximumUses: uses, lifetime: Number(days) * day },
          visit.origin,
        );
        return new Show(
          "Invitation link",
          <NewLink organization={params.organization} link={link} uses={uses} />,
        );
      },
    },
  },
  view: ({ data: { organization, teams }, form }) => (
    <OrganizationHead organization={organization} tab="/invitations">
      <PartHeading title="Invite people" />
      <div class="columns">
        <Section title="By e-mail">
          <Form form={form("email")} submit="Send invitations">
            <TextArea
              form={form("email")}
              name="emails"
              label="E-mail addresses"
              rows={5}
              placeholder={"ada@example.com\ngrace@example.com"}
              hint="One a line, up to 100. Each invitation is for that address only."
            />
            <Offer form={form("email")} teams={teams} owners />
          </Form>
        </Section>
        <Section title="By a link">
          <Form form={form("link")} submit="Make link">
            <Field
              form={form("link")}
              name="uses"
              label="How often it can be used"
              type="number"
              value="1"
              numeric
              hint="Whoever has the link can join, up to so many people."
            />
            <Offer form={form("link")} teams={teams} />
          </Form>
        </Section>
      </div>
    </OrganizationHead>
  ),
});

/** Who comes in as these has the organization in their hands, as by a change of role, which asks for confirmation too. */
function isAboveMembers(role: z.output<typeof offer.role>): boolean {
  return role === "owner" || role === "maintainer";
}

/** @param owners a link makes no owners. */
function Offer({ form, teams, owners }: { form: FormState; teams: readonly string[]; owners?: boolean }) {
  return (
    <>
      <Select
        form={form}
        name="role"
        label="Role"
        options={roleOptions.filter(({ value }) => owners || value !== "owner")}
        value="member"
      />
      {teams.length > 0 && (
        <details class="more" open={form.values.has("teams")}>
          <summary>Teams to join at once</summary>
          <FieldGroup legend="Teams">
            {teams.map((team) => (
              <Checkbox form={form} name="teams" value={team} label={team} />
            ))}
          </FieldGroup>
        </details>
      )}
      <Select
        form={form}
        name="days"
        label="Open for"
        options={lifetimes.map((value) => ({ value, label: count(Number(value), "day") }))}
        value="7"
      />
    </>
  );
}

const outcomes: Record<Sent["result"], string> = {
  invited: "invited",
  "member-already": "is a member already",
  invalid: "is no e-mail address",
  limit: "not invited: too many invitations are open, or were sent today",
};

function SentList({ organization, sent }: { organization: Organization["name"]; sent: readonly Sent[] }) {
  const invited = sent.filter(({ result }) => result === "invited").length;
  return (
    <>
      <Heading title={`${count(invited, "person", "people")} invited to ${organization}`}>
        Each gets a mail with their link. You can also send it yourself: it works for that address only.
      </Heading>
      <Table
        caption="What became of each address"
        columns={[{ label: "Address" }, { label: "Outcome" }, { label: "Link" }]}
        rows={sent.map((each) => [
          each.email,
          outcomes[each.result],
          each.result === "invited" ? <Command text={each.link} label={`Link for ${each.email}`} /> : "",
        ])}
      />
      <p>
        <a href={`${pathOf(organization)}/invitations`}>All invitations</a>
      </p>
    </>
  );
}

function NewLink({ organization, link, uses }: { organization: string; link: string; uses: number }) {
  return (
    <>
      <Heading
        title={`Invitation link to ${organization}`}
      >{`It can be used ${count(uses, "time")}.`}</Heading>
      <Notice kind="care">Copy it now: it is not shown again. Whoever has it can join.</Notice>
      <Command text={link} label="Invitation link" />
      <p>
        <a href={`${pathOf(organization)}/invitations`}>All invitations</a>
      </p>
    </>
  );
}
