import { z } from "zod";
import {
  removePasskey,
  renamePasskey,
  securityOf,
  unlinkIdentity,
  type Security,
} from "../../../accounts/index.ts";
import * as fields from "../../fields.ts";
import type { FormState } from "../../form-state.ts";
import { GoTo, page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { Table } from "../../view/table.tsx";
import { Time, TimeOr } from "../../view/time.tsx";
import { Settings } from "./frame.tsx";

const path = "/settings/security";

export const securityPage = page({
  path,
  who: "user",
  title: "Security",
  load: ({ services, session }) => securityOf(services.accounts, session),
  forms: {
    removePasskey: {
      fields: z.strictObject({ id: fields.text(), name: fields.text() }),
      run: async ({ services, session }, { id, name }) => {
        await removePasskey(services.accounts, session, id);
        return new GoTo(path, { saying: `The passkey ${name} is removed.` });
      },
    },
    renamePasskey: {
      fields: z.strictObject({ id: fields.text(), name: fields.text() }),
      run: async ({ services, session }, given) => {
        await renamePasskey(services.accounts, session, given);
        return new GoTo(path, { saying: `The passkey is called ${given.name} now.` });
      },
    },
    unlink: {
      fields: z.strictObject({ provider: fields.text(), subject: fields.text() }),
      run: async ({ services, session }, given) => {
        await unlinkIdentity(services.accounts, session, given);
        return new GoTo(path, { saying: "The account is no longer linked." });
      },
    },
  },
  view: ({ data, form, now, services }) => {
    const labels = new Map<string, string>(
      services.accounts.settings.providers.map(({ id, label }) => [id, label]),
    );
    return (
      <Settings current={path}>
        <Section title="Password">
          <p>{data.password ? "A password is set." : "No password is set: you sign in by other ways."}</p>
          <p>
            <a href="/settings/password">{data.password ? "Change the password" : "Set a password"}</a>
          </p>
        </Section>
        <TwoFactor {...data} />
        <Passkeys {...data} remove={form("removePasskey")} now={now} />
        {(labels.size > 0 || data.identities.length > 0) && (
          <Section title="Linked accounts">
            {data.identities.length > 0 && (
              <Table
                caption="Linked accounts"
                columns={[
                  { label: "Provider" },
                  { label: "Account" },
                  { label: "Last used" },
                  { label: "Acts", unseen: true },
                ]}
                rows={data.identities.map(({ provider, subject, label, lastUsedAt }) => [
                  labels.get(provider) ?? provider,
                  label,
                  <TimeOr at={lastUsedAt} now={now} otherwise="never" />,
                  <Form
                    form={form("unlink")}
                    submit="Unlink"
                    label={`Unlink ${label}`}
                    hidden={{ provider, subject }}
                    inline
                  />,
                ])}
              />
            )}
            <ul class="linklist">
              {[...labels]
                .filter(([id]) => !data.identities.some(({ provider }) => provider === id))
                .map(([id, label]) => (
                  <li>
                    <a href={`/settings/link/${id}`}>Link an account of {label}</a>
                  </li>
                ))}
            </ul>
          </Section>
        )}
      </Settings>
    );
  },
});

function TwoFactor({ totp, recoveryCodesLeft, passkeys }: Security) {
  const on = totp || passkeys.length > 0;
  return (
    <Section title="Second factor">
      <p>
        {on
          ? "Signing in with the password asks for a second factor, too."
          : "Off. With it somebody who learns your password cannot sign in with it."}
      </p>
      <ul class="linklist">
        <li>
          <a href="/settings/authenticator">
            {totp ? "Change or remove the authenticator app" : "Set up an authenticator app"}
          </a>
        </li>
        {on && (
          <li>
            <a href="/settings/recovery-codes">Make new recovery codes</a>{" "}
            <span class="muted">
              ({recoveryCodesLeft} {recoveryCodesLeft === 1 ? "is" : "are"} left)
            </span>
          </li>
        )}
      </ul>
    </Section>
  );
}

function Passkeys({ passkeys, remove, now }: Security & { remove: FormState; now: number }) {
  return (
    <Section title="Passkeys">
      {passkeys.length === 0 ? (
        <Empty title="You have no passkey">
          <p>A passkey signs in without a password. It is kept by your device or your password store.</p>
        </Empty>
      ) : (
        <Table
          caption="Passkeys"
          columns={[
            { label: "Name" },
            { label: "Made" },
            { label: "Last used" },
            { label: "Acts", unseen: true },
          ]}
          rows={passkeys.map(({ id, name, createdAt, lastUsedAt }) => [
            <a href={`/settings/passkeys/${encodeURIComponent(id)}`}>{name}</a>,
            <Time at={createdAt} now={now} />,
            <TimeOr at={lastUsedAt} now={now} otherwise="never" />,
            <Form
              form={remove}
              submit="Remove"
              label={`Remove passkey ${name}`}
              hidden={{ id, name }}
              inline
              danger
            />,
          ])}
        />
      )}
      <p>
        <a href="/settings/passkeys/new">Add a passkey</a>
      </p>
    </Section>
  );
}
