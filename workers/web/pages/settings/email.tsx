import { z } from "zod";
import { changeEmail } from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { GoTo, page } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { settingsCrumb } from "./frame.tsx";

export const emailPage = page({
  path: "/settings/email",
  who: "sudo",
  title: "E-mail address",
  crumbs: () => [settingsCrumb],
  load: () => undefined,
  forms: {
    email: {
      fields: z.strictObject({ email: fields.text() }),
      run: async ({ services, visit, session }, wanted) => {
        await changeEmail(services.accounts, visit, session, wanted);
        return new GoTo("/settings", { saying: `A mail with a link is on its way to ${wanted.email}.` });
      },
    },
  },
  view: ({ form, session: { email } }) => (
    <>
      <Heading title={email === null ? "Set an e-mail address" : "Change the e-mail address"}>
        {email === null
          ? "You get a mail with a link that verifies it."
          : `${email} stays until you use the link in the mail to the new one.`}
      </Heading>
      <Form form={form("email")} submit="Send the link">
        <Field
          form={form("email")}
          name="email"
          label="New e-mail address"
          type="email"
          autocomplete="email"
          autofocus
        />
      </Form>
    </>
  ),
});
