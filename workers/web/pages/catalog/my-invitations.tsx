import { z } from "zod";
import type { Session } from "../../../accounts/index.ts";
import { acceptInvitation, declineInvitation, type listMyInvitations } from "../../../organizations/index.ts";
import { HubError } from "../../../shared/errors.ts";
import * as fields from "../../fields.ts";
import type { FormState } from "../../form-state.ts";
import { GoTo, type At } from "../../page.ts";
import { RowAct, RowProblem } from "../../view/row-act.tsx";
import { Time } from "../../view/time.tsx";
import { joined } from "../organizations/accept.tsx";
import { roleWords } from "../words.ts";
import { Shelf } from "./shelf.tsx";

type Asked = Pick<At, "services" | "session">;

const chosen = z.strictObject({ id: fields.text(64) });

/** What somebody does with invitations that were mailed to them, without the mail. */
export const invitationForms = {
  accept: {
    fields: chosen,
    run: async ({ services, session }: Asked, { id }: z.output<typeof chosen>) => {
      const { organization, role } = await acceptInvitation(services.organizations, userOf(session), { id });
      return joined(organization, role);
    },
  },
  decline: {
    fields: chosen,
    run: async ({ services, session }: Asked, { id }: z.output<typeof chosen>) => {
      await declineInvitation(services.organizations, userOf(session), { id });
      return new GoTo("/", { saying: "You have declined the invitation." });
    },
  },
};

function userOf(session: Session | undefined): Session["user"] {
  if (!session) throw new HubError("denied", "you are signed out; sign in first");
  return session.user;
}

interface MyInvitationsProps {
  invitations: Awaited<ReturnType<typeof listMyInvitations>>;
  twoFactor: boolean;
  form: (name: "accept" | "decline") => FormState;
  now: number;
}

export function MyInvitations({ invitations, twoFactor, form, now }: MyInvitationsProps) {
  return (
    <>
      <RowProblem form={form("accept")} />
      <RowProblem form={form("decline")} />
      {invitations.length > 0 && (
        <Shelf title="Invitations to you">
          <ul class="invitations">
            {invitations.map(({ id, organization, role, invitedBy, expiresAt, requireTwoFactor }) => (
              <li>
                <p>
                  {invitedBy ?? "Somebody"} invites you to <strong>{organization}</strong> as{" "}
                  {roleWords[role].article}: {roleWords[role].hint}.{" "}
                  <span class="muted">
                    Ends <Time at={expiresAt} now={now} />.
                    {requireTwoFactor && !twoFactor && " It asks its members for two-factor authentication."}
                  </span>
                </p>
                <RowAct form={form("accept")} submit="Join" label={`Join ${organization}`} hidden={{ id }} />
                <RowAct
                  form={form("decline")}
                  submit="Decline"
                  label={`Decline the invitation to ${organization}`}
                  hidden={{ id }}
                />
              </li>
            ))}
          </ul>
        </Shelf>
      )}
    </>
  );
}
