import { z } from "zod";
import { requireSudo } from "../../../accounts/index.ts";
import { createUser, listUsers } from "../../../auth/index.ts";
import * as fields from "../../fields.ts";
import { checkbox } from "../../form-state.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Checkbox, Field } from "../../view/field.tsx";
import { Filter, FilterChoice, Filters } from "../../view/filters.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { Older } from "../../view/pagination.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { PartHeading } from "../organizations/head.tsx";
import { Admin, userPath } from "./frame.tsx";

export const usersPage = page({
  path: "/admin/users",
  who: "administrator",
  query: z.strictObject({
    search: z.string().max(300).optional(),
    kind: z.enum(["administrator"]).optional(),
    after,
  }),
  title: "Users",
  load: async ({ services, actor, query: { search, kind, after: last } }) => {
    const filter = { search: search?.trim() || undefined, administrator: kind && true };
    const { users } = await listUsers(services.auth, actor, asked(last), filter);
    return shownOf(users, ({ name }) => name);
  },
  forms: {
    create: {
      fields: z.strictObject({ name: fields.text(64), administrator: checkbox }),
      run: async ({ services, session, actor }, wanted) => {
        requireSudo(services.accounts, session);
        const { name } = await createUser(services.auth, actor, wanted);
        return new GoTo(userPath(name), {
          saying: `${name} is there. Make them an access token by the API, or let them claim the account with one.`,
        });
      },
    },
  },
  view: ({ data: { rows, last }, form, query, url, now }) => (
    <Admin current="/admin/users">
      <PartHeading title="Users" />
      <Filters label="Filter users">
        <Filter name="search" label="Beginning of the name, or address" value={query.search} />
        <FilterChoice
          name="kind"
          label="Who"
          value={query.kind}
          options={[{ value: "administrator", label: "Administrators" }]}
        />
      </Filters>
      {rows.length === 0 ? (
        <Empty title="Nobody fits.">
          <p>
            <a href="/admin/users">Show all users</a>
          </p>
        </Empty>
      ) : (
        <Table
          caption="Users"
          columns={[
            { label: "Name" },
            { label: "E-mail address" },
            { label: "Two-factor", whole: true },
            { label: "Since", whole: true },
          ]}
          rows={rows.map((user) => [
            <span>
              <a class="name" href={userPath(user.name)}>
                {user.name}
              </a>{" "}
              {user.administrator === 1 && <span class="chip">Administrator</span>}
            </span>,
            user.email === null ? (
              <span class="muted">none</span>
            ) : (
              <span>
                {user.email} {user.email_verified_at === null && <span class="muted">(not verified)</span>}
              </span>
            ),
            user.two_factor === 1 ? "on" : <span class="muted">off</span>,
            <Time at={user.created_at} now={now} />,
          ])}
        />
      )}
      <Older url={url} name="after" last={last} label="More users" />
      <Section title="Make a user">
        <p>
          For somebody without an e-mail address, whom you vouch for. Others sign up by themselves, as far as
          the <a href="/admin/settings">settings</a> let them.
        </p>
        <Form form={form("create")} submit="Make the user">
          <Field form={form("create")} name="name" label="Name" maxlength={64} exact />
          <Checkbox form={form("create")} name="administrator" label="Administrator of the hub" />
        </Form>
      </Section>
    </Admin>
  ),
});
