import { z } from "zod";
import { addPasskey, cookiesFor, renamePasskey, securityOf, startPasskey } from "../../../accounts/index.ts";
import { HubError } from "../../../shared/errors.ts";
import * as fields from "../../fields.ts";
import { GoTo, page, Show } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { PasskeyForm } from "../../view/passkey-form.tsx";
import { enter } from "../enter.ts";
import { securityCrumb, settingsCrumb } from "./frame.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";

export const newPasskeyPage = page({
  path: "/settings/passkeys/new",
  who: "sudo",
  title: "Add a passkey",
  crumbs: () => [settingsCrumb, securityCrumb],
  load: ({ services, visit, session }) => startPasskey(services.accounts, visit, session),
  forms: {
    passkey: {
      fields: z.strictObject({
        challenge: fields.text(),
        response: fields.passkeyResponse,
        name: fields.text(),
      }),
      run: async ({ services, visit, session }, { response, ...given }) => {
        const added = await addPasskey(services.accounts, visit, session, {
          ...given,
          response: response as never,
        });
        const { opened, recoveryCodes } = added;
        if (recoveryCodes.length === 0)
          return enter(visit, opened, "/settings/security", `The passkey ${given.name} is added.`);
        return new Show("Recovery codes", <RecoveryCodes codes={recoveryCodes} />, {
          cookies: cookiesFor(visit, opened),
        });
      },
    },
  },
  view: ({ data, form }) => (
    <>
      <Heading title="Add a passkey">
        It signs in without a password. Your device or password store keeps it; this hub never sees its
        secret.
      </Heading>
      <PasskeyForm form={form("passkey")} mode="create" asked={data} submit="Add a passkey">
        <Field
          form={form("passkey")}
          name="name"
          label="Name"
          hint="Such as the device it is on."
          maxlength={60}
          autofocus
        />
      </PasskeyForm>
    </>
  ),
});

export const passkeyPage = page({
  path: "/settings/passkeys/:id",
  who: "user",
  params: z.strictObject({ id: z.string() }),
  title: "Rename a passkey",
  crumbs: () => [settingsCrumb, securityCrumb],
  load: async ({ services, session, params }) => {
    const { passkeys } = await securityOf(services.accounts, session);
    const passkey = passkeys.find(({ id }) => id === params.id);
    if (!passkey) throw new HubError("not-found", "there is no such passkey of yours");
    return passkey;
  },
  forms: {
    rename: {
      fields: z.strictObject({ name: fields.text() }),
      run: async ({ services, session, params }, { name }) => {
        await renamePasskey(services.accounts, session, { id: params.id, name });
        return new GoTo("/settings/security", { saying: `The passkey is called ${name} now.` });
      },
    },
  },
  view: ({ data, form }) => (
    <>
      <Heading title={`Rename passkey ${data.name}`} />
      <Form form={form("rename")} submit="Rename">
        <Field
          form={form("rename")}
          name="name"
          label="New name"
          value={data.name}
          maxlength={60}
          autofocus
        />
      </Form>
    </>
  ),
});
