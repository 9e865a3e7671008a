import { z } from "zod";
import { createOrganization, listOrganizations } from "../../../organizations/index.ts";
import * as fields from "../../fields.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { Older } from "../../view/pagination.tsx";
import { Table } from "../../view/table.tsx";
import { roleWords } from "../words.ts";
import { organizationCrumbs, PartHeading, pathOf } from "./head.tsx";

/** The organizations that somebody is in. Guests see nothing of theirs but that they are in. */
export const organizationsPage = page({
  path: "/organizations",
  who: "user",
  query: z.strictObject({ after }),
  title: "Organizations",
  load: async ({ services, actor, query }) =>
    shownOf(await listOrganizations(services.organizations, actor, asked(query.after)), ({ name }) => name),
  view: ({ data: { rows, last }, url }) => (
    <>
      <h1>Organizations</h1>
      <PartHeading
        title="Yours"
        act={
          <a class="button" href="/organizations/new">
            New organization
          </a>
        }
      />
      {rows.length === 0 ? (
        <Empty title="You are in no organization.">
          <p>
            In an organization a team shares repositories. <a href="/organizations/new">Make one</a>, or ask
            somebody for an invitation.
          </p>
        </Empty>
      ) : (
        <Table
          caption="Your organizations"
          columns={[{ label: "Name" }, { label: "Your role", whole: true }, { label: "Acts", unseen: true }]}
          rows={rows.map(({ name, displayName, role }) => [
            <>
              {role === "guest" ? (
                <strong>{name}</strong>
              ) : (
                <a class="name" href={pathOf(name)}>
                  {name}
                </a>
              )}
              {displayName && <span class="muted"> {displayName}</span>}
            </>,
            roleWords[role].label,
            <a href={`${pathOf(name)}/leave`}>Leave {name}</a>,
          ])}
        />
      )}
      <Older url={url} name="after" last={last} label="More organizations" />
    </>
  ),
});

export const newOrganizationPage = page({
  path: "/organizations/new",
  who: "user",
  title: "New organization",
  crumbs: () => organizationCrumbs,
  load: () => null,
  forms: {
    create: {
      fields: z.strictObject({ name: fields.text(64), displayName: fields.optionalText(100) }),
      run: async ({ services, actor }, wanted) => {
        const { name } = await createOrganization(services.organizations, actor, wanted);
        return new GoTo(pathOf(name), { saying: `${name} is there, and you are its owner.` });
      },
    },
  },
  view: ({ form, visit }) => (
    <>
      <Heading title="New organization">
        People share its repositories, by teams and roles. You will be its owner.
      </Heading>
      <Form form={form("create")} submit="Create organization">
        <Field
          form={form("create")}
          name="name"
          label="Name"
          maxlength={64}
          exact
          autofocus
          hint={
            <>
              The first part of its repositories: <code>{new URL(visit.origin).host}/name/repository</code>.
              Small letters, digits, and <code>.</code> <code>_</code> <code>-</code> between them.
            </>
          }
        />
        <Field form={form("create")} name="displayName" label="Name for people" maxlength={100} optional />
      </Form>
    </>
  ),
});
