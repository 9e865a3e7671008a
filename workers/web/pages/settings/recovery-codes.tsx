import { z } from "zod";
import { renewRecoveryCodes, securityOf } from "../../../accounts/index.ts";
import { page, Show } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { securityCrumb, settingsCrumb } from "./frame.tsx";

/** New recovery codes, which are shown this once. */
export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  return (
    <>
      <Heading title="Keep your recovery codes">
        Each signs in once in place of the second factor, when your device is lost. They are shown now and
        never again: print them, or keep them in a password store.
      </Heading>
      <Command text={codes.join("\n")} label="Recovery codes" />
      <p>
        <a class="button" href="/settings/security">
          I have kept them
        </a>
      </p>
    </>
  );
}

export const recoveryCodesPage = page({
  path: "/settings/recovery-codes",
  who: "sudo",
  title: "Recovery codes",
  crumbs: () => [settingsCrumb, securityCrumb],
  load: ({ services, session }) => securityOf(services.accounts, session),
  forms: {
    renew: {
      fields: z.strictObject({}),
      run: async ({ services, session }) =>
        new Show(
          "Recovery codes",
          <RecoveryCodes codes={await renewRecoveryCodes(services.accounts, session)} />,
        ),
    },
  },
  view: ({ data: { recoveryCodesLeft, totp, passkeys }, form }) =>
    !totp && passkeys.length === 0 ? (
      <Heading title="Recovery codes">
        They stand in for a second factor, and you have none. <a href="/settings/authenticator">Set one up</a>
        , and you get them with it.
      </Heading>
    ) : (
      <>
        <Heading title="Make new recovery codes">
          The {recoveryCodesLeft} old ones that are left stop working.
        </Heading>
        <Form form={form("renew")} submit="Make ten new recovery codes" />
      </>
    ),
});
