import { z } from "zod";
import { requireSudo } from "../../../accounts/index.ts";
import {
  changeAccessToken,
  findAccessToken,
  revokeAccessToken,
  rotateAccessToken,
  type AccessToken,
} from "../../../auth/index.ts";
import { day, hour } from "../../../platform/clock.ts";
import { GoTo, page, Show } from "../../page.ts";
import { Field, Select } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading, Section } from "../../view/heading.tsx";
import { Time, TimeOr } from "../../view/time.tsx";
import { listOf } from "./token-paths.ts";
import { NewToken } from "./new-token.tsx";
import { ScopeList } from "./scope-fields.tsx";
import { describeScope } from "./scope-words.ts";
import { Expiry, LastUse } from "./token-table.tsx";

type Found = Awaited<ReturnType<typeof findAccessToken>>;

/** How long the text of before goes on working, by the value of the field. */
const overlaps = {
  none: { label: "Stop at once", lifetime: 0 },
  hour: { label: "Go on for an hour", lifetime: hour },
  day: { label: "Go on for a day", lifetime: day },
  week: { label: "Go on for 7 days", lifetime: 7 * day },
} as const;
const overlapNames = Object.keys(overlaps) as (keyof typeof overlaps)[];

/** One access token of whatever kind: what it may, and how to rotate and revoke it. */
export const tokenPage = page({
  path: "/tokens/:id",
  who: "user",
  params: z.strictObject({ id: z.string() }),
  load: async ({ services, actor, params }) => findAccessToken(services.auth, actor, params.id),
  title: (token) => fullName(token),
  crumbs: (_at, token) => [
    homeOf(token),
    { label: token.kind === "robot" ? "Robots" : "Access tokens", href: listPathOf(token) },
  ],
  view: ({ data: token, form, now }) => (
    <>
      <Heading title={fullName(token)}>{nounOf(token)}</Heading>
      <Facts token={token} now={now} />
      <div class="columns">
        <Section title="Rotate">
          <p>Gives it another text, with the same name and rights.</p>
          <Form form={form("rotate")} submit={`Rotate ${fullName(token)}`}>
            <Select
              form={form("rotate")}
              name="overlap"
              label="The text of before"
              options={overlapNames.map((value) => ({ value, label: overlaps[value].label }))}
              value="day"
            />
          </Form>
        </Section>
        {token.kind !== "robot" && (
          <Section title="Name">
            <Form form={form("rename")} submit="Rename token">
              <Field form={form("rename")} name="name" label="Name" value={token.name} maxlength={100} />
            </Form>
          </Section>
        )}
        <Section title="Revoke">
          <p>
            It stops working at once; what it was exchanged for on <code>/v2</code> within five minutes. This
            cannot be undone.
          </p>
          <Form form={form("revoke")} submit={`Revoke ${fullName(token)}`} danger />
        </Section>
      </div>
    </>
  ),
  forms: {
    rotate: {
      fields: z.strictObject({ overlap: z.enum(overlapNames) }),
      run: async ({ services, session, actor, params, visit }, { overlap }) => {
        requireSudo(services.accounts, session);
        const { lifetime, label } = overlaps[overlap];
        const { owner } = await findAccessToken(services.auth, actor, params.id);
        const made = await rotateAccessToken(services.auth, actor, params.id, lifetime);
        const token = { ...made, owner };
        return new Show(
          `${fullName(token)} was rotated`,
          <NewToken
            title={`${fullName(token)} was rotated`}
            text={made.text}
            login={token.kind === "robot" ? fullName(token) : owner.name}
            host={new URL(visit.origin).host}
            back={{ label: `Back to ${fullName(token)}`, href: `/tokens/${made.id}` }}
            note={`The text of before: ${label.toLowerCase()}.`}
          />,
        );
      },
    },
    rename: {
      fields: z.strictObject({ name: z.string().trim().min(1).max(100) }),
      run: async ({ services, actor, params }, { name }) => {
        const token = await changeAccessToken(services.auth, actor, params.id, { name });
        return new GoTo(`/tokens/${token.id}`, { saying: `The token is called ${token.name} now.` });
      },
    },
    revoke: {
      fields: z.strictObject({}),
      run: async ({ services, actor, params }) => {
        const token = await findAccessToken(services.auth, actor, params.id);
        await revokeAccessToken(services.auth, actor, params.id);
        return new GoTo(listPathOf(token), { saying: `${fullName(token)} was revoked.` });
      },
    },
  },
});

function Facts({ token, now }: { token: AccessToken; now: number }) {
  return (
    <dl>
      <dt>May</dt>
      <dd>
        <ScopeList scopes={token.scopes} describe={describeScope} />
      </dd>
      <dt>Last used</dt>
      <dd>
        <LastUse token={token} now={now} />
      </dd>
      <dt>Expires</dt>
      <dd>
        <Expiry at={token.expiresAt} now={now} />
      </dd>
      <dt>Made</dt>
      <dd>
        <Time at={token.createdAt} now={now} />
      </dd>
      <dt>Rotated</dt>
      <dd>
        <TimeOr at={token.rotatedAt} now={now} otherwise="never" />
        {token.previousUntil !== null && token.previousUntil > now && (
          <>
            {" "}
            (the text of before works until <Time at={token.previousUntil} now={now} />)
          </>
        )}
      </dd>
    </dl>
  );
}

function fullName({ kind, name, owner }: Pick<Found, "kind" | "name" | "owner">): string {
  return kind === "robot" ? `${owner.name}+${name}` : name;
}

function nounOf({ kind, owner }: Found): string {
  if (kind === "robot") return `A robot of ${owner.name}.`;
  return kind === "organization"
    ? `An access token of the organization ${owner.name}.`
    : "An access token of yours.";
}

function homeOf({ owner }: Found) {
  return owner.kind === "user"
    ? { label: "Settings", href: "/settings" }
    : { label: owner.name, href: `/organizations/${owner.name}` };
}

function listPathOf(token: Found): string {
  return `${homeOf(token).href}${listOf(token.kind)}`;
}
