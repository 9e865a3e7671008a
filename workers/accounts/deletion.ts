import { sql } from "kysely";
import { auditEntry, hubLog } from "../audit/index.ts";
import { actorOf, departures, letRest, requireScope, type User } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { requireSudo, type Session } from "./sessions.ts";

/** Names that a refusal lists. */
const maximumListed = 10;

/** Deletes one's account, in the browser. @throws HubError `denied` without confirmation; as `deleteOwnAccount`. */
export async function deleteAccount(context: AccountsContext, session: Session): Promise<void> {
  requireSudo(context, session);
  await deleteOwnAccount(context, session.user);
}

/**
 * Deletes one's account with everything that belongs to it. Its names rest for a while before anybody else can have them.
 *
 * @throws HubError `denied` to a token without the scope `account`; `conflict`, naming them, while its namespace has repositories, or organizations would be
 *   left without an owner.
 */
export async function deleteOwnAccount(context: AccountsContext, user: User): Promise<void> {
  requireScope(user, "account");
  const { db, clock, auth } = context;
  await refuseLeftovers(context, user.id);
  // What came in between stands in its way too: the trigger on the last owner undoes all of it.
  const free = sql`not exists (select 1 from repositories where owner_id = ${user.id})`;
  const results = await db.batch([
    ...letRest(auth, sql`select name from namespaces where owner_id = ${user.id} and ${free}`),
    departures(context, user, user.id, free),
    sql`delete from users where id = ${user.id} and ${free}`.compile(db.query),
    auditEntry(db, clock.now(), actorOf(user), { log: hubLog, action: "account.delete", target: user.name }),
  ]);
  if (results.at(-2)?.numAffectedRows === 0n) await refuseLeftovers(context, user.id);
}

async function refuseLeftovers({ db }: AccountsContext, userId: string): Promise<void> {
  const repositories = await db.query
    .selectFrom("repositories")
    .select("name")
    .where("owner_id", "=", userId)
    .orderBy("name")
    .limit(maximumListed)
    .execute();
  if (repositories.length > 0)
    throw new HubError("conflict", `delete or transfer your repositories first: ${listNames(repositories)}`);
  const organizations = await db.query
    .selectFrom("organization_members as membership")
    .innerJoin("organizations", "organizations.id", "membership.organization_id")
    .select("organizations.name")
    .where("membership.user_id", "=", userId)
    .where("membership.role", "=", "owner")
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom("organization_members as other")
            .select("other.user_id")
            .whereRef("other.organization_id", "=", "membership.organization_id")
            .where("other.role", "=", "owner")
            .where("other.user_id", "<>", userId),
        ),
      ),
    )
    .orderBy("organizations.name")
    .limit(maximumListed)
    .execute();
  if (organizations.length > 0)
    throw new HubError(
      "conflict",
      `you are the last owner of ${listNames(organizations)}; make somebody else an owner, or delete the organization, first`,
    );
}

function listNames(rows: readonly { name: string }[]): string {
  const names = rows.map(({ name }) => name).join(", ");
  return rows.length < maximumListed ? names : `${names} and more`;
}
