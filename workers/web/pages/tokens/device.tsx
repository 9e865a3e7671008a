import { z } from "zod";
import { requireSudo } from "../../../accounts/index.ts";
import { approveDeviceRequest, lookUpDeviceRequest, refuseDeviceRequest } from "../../../auth/index.ts";
import { GoTo, page } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Field, Select } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading, Section } from "../../view/heading.tsx";
import { Notice } from "../../view/notice.tsx";
import { Time } from "../../view/time.tsx";
import { expiryOf, lifetimeField, lifetimes, usualLifetime } from "./expiry.ts";
import { ScopeList } from "./scope-fields.tsx";
import { describeScope } from "./scope-words.ts";

/** What people type from the screen of the client. */
const userCode = z.string().trim().min(1).max(40);

/** The code of a client that waits for somebody to approve it. The client's link brings the code; it never approves by itself. */
export const devicePage = page({
  path: "/device",
  who: "user",
  title: "Sign in on another device",
  query: z.strictObject({ code: userCode.optional() }),
  load: () => null,
  view: ({ form, query, visit }) => (
    <div class="narrow wide">
      <Heading title="Sign in on another device">Type the code that it shows.</Heading>
      <Form form={form("look")} submit="Go on">
        <Field
          form={form("look")}
          name="shown"
          label="Code"
          value={query.code ?? ""}
          placeholder="XXXX-XXXX"
          maxlength={40}
          exact
          autofocus
        />
      </Form>
      <p>You get a code from</p>
      <Command text={`wherry login ${new URL(visit.origin).host}`} />
    </div>
  ),
  forms: {
    look: {
      fields: z.strictObject({ shown: userCode }),
      run: async ({ services, actor }, { shown }) => {
        const { userCode: code } = await lookUpDeviceRequest(services.auth, actor, shown);
        return new GoTo(`/device/${code}`);
      },
    },
  },
});

/** Who asks, for what, and the choice. */
export const deviceRequestPage = page({
  path: "/device/:code",
  who: "user",
  params: z.strictObject({ code: z.string() }),
  title: "Approve a device",
  load: async ({ services, actor, params }) => lookUpDeviceRequest(services.auth, actor, params.code),
  view: ({ data: request, form, now }) => (
    <>
      <Heading title={`${request.client} wants to sign in as you`}>
        The code is <strong>{request.userCode}</strong>. Compare it with the one on your screen.
      </Heading>
      <Notice kind="care">
        <p>
          Approve only what you have started yourself, just now. If somebody sent you the code or the link,
          refuse: they would sign in as you.
        </p>
      </Notice>
      <dl>
        <dt>Asks from</dt>
        <dd>{request.address ?? "an address that is not known"}</dd>
        <dt>Asked</dt>
        <dd>
          <Time at={request.createdAt} now={now} />
        </dd>
        <dt>Wants to</dt>
        <dd>
          <ScopeList scopes={request.scopes} describe={describeScope} />
        </dd>
      </dl>
      <div class="columns">
        <Section title="It was me">
          <Form form={form("approve")} submit={`Approve ${request.userCode}`}>
            <Field
              form={form("approve")}
              name="name"
              label="Name of the token"
              maxlength={100}
              value={request.client}
              hint="It is listed with your access tokens, where you can revoke it."
            />
            <Select
              form={form("approve")}
              name="lifetime"
              label="Expires"
              options={lifetimes}
              value={usualLifetime}
            />
          </Form>
        </Section>
        <Section title="It was not me">
          <Form form={form("refuse")} submit={`Refuse ${request.userCode}`} danger />
        </Section>
      </div>
    </>
  ),
  forms: {
    approve: {
      fields: z.strictObject({ name: z.string().trim().min(1).max(100), lifetime: lifetimeField }),
      run: async ({ services, session, actor, params, now }, { name, lifetime }) => {
        requireSudo(services.accounts, session);
        const { scopes } = await lookUpDeviceRequest(services.auth, actor, params.code);
        const wanted = { name, scopes, expiresAt: expiryOf(lifetime, now) };
        await approveDeviceRequest(services.auth, actor, params.code, wanted);
        return new GoTo("/settings/tokens", {
          saying: `${name} is approved: it goes on by itself in a few seconds.`,
        });
      },
    },
    refuse: {
      fields: z.strictObject({}),
      run: async ({ services, actor, params }) => {
        await refuseDeviceRequest(services.auth, actor, params.code);
        return new GoTo("/device", { saying: "Refused. Nobody was signed in." });
      },
    },
  },
});
