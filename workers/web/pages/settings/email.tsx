import { z } from "zod";
import { changeEmail } from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { GoTo, page } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { whereMailIs } from "../words.ts";
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
        const sends = services.accounts.settings.mail !== undefined;
        return new GoTo("/settings", { saying: whereMailIs(sends, wanted.email) });
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
