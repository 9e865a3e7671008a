import { z } from "zod";
import { changePassword } from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { page } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { enter } from "../enter.ts";
import { securityCrumb, settingsCrumb } from "./frame.tsx";

export const passwordPage = page({
  path: "/settings/password",
  who: "sudo",
  title: "Password",
  crumbs: () => [settingsCrumb, securityCrumb],
  load: () => undefined,
  forms: {
    password: {
      fields: z.strictObject({ password: fields.text(1000) }),
      run: async ({ services, visit, session }, given) =>
        enter(
          visit,
          await changePassword(services.accounts, visit, session, given),
          "/settings/security",
          "The password is changed. You were signed out everywhere else.",
        ),
    },
  },
  view: ({ form }) => (
    <>
      <Heading title="Change the password">
        All other browsers are signed out. Access tokens go on working.
      </Heading>
      <Form form={form("password")} submit="Change the password">
        <Field
          form={form("password")}
          name="password"
          label="New password"
          hint="At least 10 characters, without your name."
          type="password"
          autocomplete="new-password"
          autofocus
        />
      </Form>
    </>
  ),
});
