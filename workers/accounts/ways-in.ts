import { sql, type RawBuilder, type SqlBool } from "kysely";
import { HubError } from "../shared/errors.ts";

/** Whether somebody could still sign in without this passkey or identity; for the statement that removes it. */
export function otherWayIn(
  userId: string,
  without: { passkey?: string; identity?: { provider: string; subject: string } },
): RawBuilder<SqlBool> {
  const { passkey = "", identity = { provider: "", subject: "" } } = without;
  return sql<SqlBool>`(exists (select 1 from sign_in_passwords where user_id = ${userId})
    or exists (select 1 from sign_in_passkeys where user_id = ${userId} and id <> ${passkey})
    or exists (select 1 from sign_in_identities where user_id = ${userId}
      and (provider <> ${identity.provider} or subject <> ${identity.subject})))`;
}

export function lastWayIn(): HubError {
  return new HubError(
    "conflict",
    "nothing else signs in to this account; set a password or add another way first",
  );
}
