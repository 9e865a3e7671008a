import { z } from "zod";
import { cookiesOfSignOut, deleteAccount, exportAccount } from "../../../accounts/index.ts";
import { HubError } from "../../../shared/errors.ts";
import * as fields from "../../fields.ts";
import { GoTo, page } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { settingsCrumb } from "./frame.tsx";

export const exportPage = page({
  path: "/settings/export",
  who: "user",
  title: "Export",
  load: async ({ services, actor }) =>
    new Response(JSON.stringify(await exportAccount(services.accounts, actor), undefined, 2), {
      headers: {
        "Content-Type": "application/json",
        "Content-Disposition": `attachment; filename="wherry-${actor.name}.json"`,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
      },
    }),
  view: () => null,
});

export const deleteAccountPage = page({
  path: "/settings/delete",
  who: "sudo",
  title: "Delete the account",
  crumbs: () => [settingsCrumb],
  load: () => undefined,
  forms: {
    delete: {
      fields: z.strictObject({ name: fields.text() }),
      run: async ({ services, visit, session }, { name }) => {
        if (name !== session.user.name)
          throw new HubError("invalid", `this is not "${session.user.name}"`, { detail: { field: "name" } });
        await deleteAccount(services.accounts, session);
        return new GoTo("/", { cookies: cookiesOfSignOut(visit), saying: `The account ${name} is deleted.` });
      },
    },
  },
  view: ({ form, session: { user } }) => (
    <>
      <Heading title={`Delete the account ${user.name}`}>
        Its tokens stop working at once, and it leaves its organizations and teams. It cannot be undone. You
        may want <a href="/settings/export">the export</a> first.
      </Heading>
      <Form form={form("delete")} submit={`Delete the account ${user.name}`} danger>
        <Field form={form("delete")} name="name" label={`To go on, type ${user.name}`} exact autofocus />
      </Form>
    </>
  ),
});
