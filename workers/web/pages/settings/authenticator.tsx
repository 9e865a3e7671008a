import { z } from "zod";
import { confirmTotp, cookiesFor, removeTotp, securityOf, startTotp } from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import { emptyForm, type FormState } from "../../form-state.ts";
import { GoTo, page, Show } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading, Section } from "../../view/heading.tsx";
import { CodePicture } from "../../view/code-picture.tsx";
import { enter } from "../enter.ts";
import { securityCrumb, settingsCrumb } from "./frame.tsx";
import { RecoveryCodes } from "./recovery-codes.tsx";

const path = "/settings/authenticator";

/** An authenticator app: set up, exchanged for another, removed. */
export const authenticatorPage = page({
  path,
  who: "sudo",
  title: "Authenticator app",
  crumbs: () => [settingsCrumb, securityCrumb],
  load: ({ services, session }) => securityOf(services.accounts, session),
  forms: {
    start: {
      fields: z.strictObject({}),
      run: async ({ services, visit, session }) => {
        const { secret, uri } = await startTotp(services.accounts, visit, session);
        return new Show(
          "Authenticator app",
          <>
            <Heading title="Set up an authenticator app">
              Take the picture with the app, or type the key into it. Then type the code that the app shows.
            </Heading>
            <CodePicture text={uri} label="QR code for the authenticator app; its key stands below" />
            <Command text={secret.replaceAll(/(.{4})(?=.)/g, "$1 ")} label="Key for the authenticator app" />
            <ConfirmForm form={emptyForm("confirm")} />
          </>,
        );
      },
    },
    confirm: {
      fields: z.strictObject({ code: fields.text(100) }),
      run: async ({ services, visit, session }, { code }) => {
        const { opened, recoveryCodes } = await confirmTotp(services.accounts, visit, session, code);
        if (recoveryCodes.length === 0)
          return enter(visit, opened, "/settings/security", "The authenticator app is set up.");
        return new Show("Recovery codes", <RecoveryCodes codes={recoveryCodes} />, {
          cookies: cookiesFor(visit, opened),
        });
      },
    },
    remove: {
      fields: z.strictObject({}),
      run: async ({ services, session }) => {
        await removeTotp(services.accounts, session);
        return new GoTo("/settings/security", { saying: "The authenticator app is removed." });
      },
    },
  },
  view: ({ data: { totp }, form }) => {
    const confirm = form("confirm");
    const going = confirm.problem !== undefined || confirm.problems.size > 0;
    return (
      <>
        <Heading title="Authenticator app">
          It shows a code of six digits, which signing in asks for after the password.
        </Heading>
        {going && (
          <Section title="Try again">
            <p>The key that your app has taken is still good.</p>
            <ConfirmForm form={confirm} />
          </Section>
        )}
        <Section title={totp ? "Another app" : "Set it up"}>
          {totp && (
            <p>The app that is set up now stops working once you have typed the first code of the new one.</p>
          )}
          <Form form={form("start")} submit={totp ? "Show a new QR code" : "Show the QR code"} />
        </Section>
        {totp && (
          <Section title="Remove it">
            <p>Signing in with the password then asks for no code, unless you have a passkey.</p>
            <Form form={form("remove")} submit="Remove the authenticator app" danger />
          </Section>
        )}
      </>
    );
  },
});

function ConfirmForm({ form }: { form: FormState }) {
  return (
    <Form form={form} submit="Turn it on" action={path}>
      <Field
        form={form}
        name="code"
        label="Code"
        hint="The six digits that the app shows."
        autocomplete="one-time-code"
        numeric
      />
    </Form>
  );
}
