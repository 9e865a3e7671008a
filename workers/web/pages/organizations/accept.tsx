import { z } from "zod";
import type { OrganizationRole } from "../../../db/index.ts";
import { acceptInvitation, declineInvitation, lookAtInvitation } from "../../../organizations/index.ts";
import { withNext } from "../../next-path.ts";
import { GoTo, page } from "../../page.ts";
import { HubError } from "../../../shared/errors.ts";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { Notice } from "../../view/notice.tsx";
import { Time } from "../../view/time.tsx";
import { roleWords } from "../words.ts";
import { pathOf } from "./head.tsx";

/** The address in an invitation. Who is not signed in does that first, or signs up, and comes back. */
export const acceptPage = page({
  path: "/invitations/:secret",
  who: "anybody",
  params: z.strictObject({ secret: z.string() }),
  load: async ({ services, params }) => lookAtInvitation(services.organizations, params.secret),
  title: ({ organization }) => `Invitation to ${organization}`,
  forms: {
    accept: {
      fields: z.strictObject({}),
      run: async ({ services, session, params }) => {
        if (!session) throw signInFirst();
        const { organization, role } = await acceptInvitation(services.organizations, session.user, params);
        return joined(organization, role);
      },
    },
    decline: {
      fields: z.strictObject({}),
      run: async ({ services, session, params }) => {
        if (!session) throw signInFirst();
        await declineInvitation(services.organizations, session.user, params);
        return new GoTo("/", { saying: "You have declined the invitation." });
      },
    },
  },
  view: ({ data, form, session, url, now }) => (
    <div class="narrow wide">
      <Heading title={`Join ${data.displayName || data.organization}`}>
        {data.invitedBy ?? "Somebody"} invites you to {data.organization} as {roleWords[data.role].article}:{" "}
        {roleWords[data.role].hint}.
      </Heading>
      <dl>
        {data.teams.length > 0 && (
          <>
            <dt>Teams</dt>
            <dd>{data.teams.join(", ")}</dd>
          </>
        )}
        {data.email !== null && (
          <>
            <dt>For</dt>
            <dd>{data.email}</dd>
          </>
        )}
        <dt>Ends</dt>
        <dd>
          <Time at={data.expiresAt} now={now} />
        </dd>
      </dl>
      {data.requireTwoFactor && session?.user.twoFactor !== true && (
        <Notice kind="care">
          <p>
            {data.organization} asks its members for two-factor authentication.{" "}
            {session ? (
              <a href="/settings/security">Set it up</a>
            ) : (
              "You can set it up once you are signed in."
            )}
          </p>
        </Notice>
      )}
      {session ? (
        <>
          <p>
            You are signed in as <strong>{session.user.name}</strong>.
          </p>
          <Form form={form("accept")} submit={`Join ${data.organization}`} />
          <Form form={form("decline")} submit="Decline" inline />
        </>
      ) : (
        <>
          <p>Sign in to accept it, or create an account.</p>
          <a class="button" href={withNext("/sign-in", url.pathname)}>
            Sign in
          </a>
          <a class="button quiet" href={withNext("/sign-up", url.pathname)}>
            Create an account
          </a>
        </>
      )}
    </div>
  ),
});

/** Where somebody goes who has joined. */
export function joined(organization: string, role: OrganizationRole): GoTo {
  const to = role === "guest" ? "/organizations" : pathOf(organization);
  return new GoTo(to, { saying: `You are ${roleWords[role].article} of ${organization} now.` });
}

function signInFirst(): HubError {
  return new HubError("denied", "you are signed out; sign in first, and open the invitation again");
}
