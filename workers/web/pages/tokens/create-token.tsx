import { z } from "zod";
import { requireSudo, type Session } from "../../../accounts/index.ts";
import { createAccessToken } from "../../../auth/index.ts";
import type { TokenKind } from "../../../db/index.ts";
import type { FormState } from "../../form-state.ts";
import { Show, type At } from "../../page.ts";
import { Field, Select } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { expiryOf, lifetimeField, lifetimes, usualLifetime } from "./expiry.ts";
import { NewToken } from "./new-token.tsx";
import { type Holder } from "../holder.tsx";
import { listOf } from "./token-paths.ts";
import { ScopeFields } from "./scope-fields.tsx";
import { presetNames, presets, scopeFields, scopesOf, type Preset } from "./scope-form.ts";

export const newTokenFields = z.strictObject({
  name: z.string().trim().min(1).max(100),
  lifetime: lifetimeField,
  ...scopeFields,
});

/** In the address of the page: what the boxes begin with. */
export const presetQuery = z.strictObject({ for: z.enum(presetNames).optional() });

interface NewTokenFormProps {
  kind: TokenKind;
  holder: Holder;
  form: FormState;
  preset: Preset | undefined;
  administrator: boolean;
}

/** The form for a new token, with links that fill it in for what most are made for. */
export function NewTokenForm({ kind, holder, form, preset = "push", administrator }: NewTokenFormProps) {
  const personal = kind === "personal";
  const path = `${holder.home}${listOf(kind)}/new`;
  return (
    <>
      <nav class="choices" aria-label="What it is for">
        {presetNames.map((name) => (
          <a href={`${path}?for=${name}`} aria-current={name === preset ? "true" : undefined}>
            {presets[name].label}
          </a>
        ))}
      </nav>
      <Form form={form} submit={kind === "robot" ? "Create robot" : "Create token"}>
        <Field
          form={form}
          name="name"
          label="Name"
          maxlength={100}
          exact={kind === "robot"}
          placeholder={kind === "robot" ? "deploy" : "ci-laptop"}
          hint={
            kind === "robot"
              ? `It signs in as ${holder.namespace}+name.`
              : "Where it is used, so that you know it again."
          }
        />
        <ScopeFields
          form={form}
          namespace={personal ? undefined : holder.namespace}
          start={{
            repositories: personal ? "**" : `${holder.namespace}/**`,
            ticked: presets[preset].ticked,
          }}
          wide={kind === "robot" ? "none" : personal && administrator ? "administrators" : "people"}
        />
        <Select form={form} name="lifetime" label="Expires" options={lifetimes} value={usualLifetime} />
      </Form>
    </>
  );
}

/** Makes the token that a form asks for, and shows its text. */
export async function createToken(
  {
    services,
    session,
    actor,
    visit,
    now,
  }: Pick<At<Session>, "services" | "session" | "actor" | "visit" | "now">,
  holder: Holder,
  kind: TokenKind,
  { name, lifetime, ...scopes }: z.output<typeof newTokenFields>,
): Promise<Show> {
  requireSudo(services.accounts, session);
  const wanted = { kind, name, scopes: scopesOf(scopes), expiresAt: expiryOf(lifetime, now) };
  const made = await createAccessToken(services.auth, actor, holder.owner, wanted);
  const noun = kind === "robot" ? "robot" : "token";
  const login =
    kind === "personal" ? actor.name : kind === "robot" ? `${holder.namespace}+${name}` : holder.namespace;
  return new Show(
    `New ${noun}`,
    <NewToken
      title={`${kind === "robot" ? "Robot" : "Token"} ${kind === "robot" ? login : name} was created`}
      text={made.text}
      login={login}
      host={new URL(visit.origin).host}
      back={{ label: `All ${noun}s`, href: `${holder.home}${listOf(kind)}` }}
    />,
  );
}
