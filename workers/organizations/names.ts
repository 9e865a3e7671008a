import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf, letRest, requireOrganization, type SignedIn } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import { authorityOf } from "./authority.ts";
import type { OrganizationsContext } from "./context.ts";

/** The names that an organization had before and still holds, in order. @throws HubError `not-found`, `denied`. */
export async function listOldNames(
  { db, auth }: OrganizationsContext,
  actor: SignedIn,
  name: string,
): Promise<string[]> {
  const { organization } = await requireOrganization(auth, actor, name, "own");
  const rows = await db.query
    .selectFrom("namespaces")
    .select("name")
    .where("owner_id", "=", organization.id)
    .where("name", "<>", organization.name)
    .orderBy("name")
    .execute();
  return rows.map((row) => row.name);
}

/**
 * Gives up an old name: it leads nowhere from now on, and after a short rest anybody can take it.
 *
 * @throws HubError `not-found`, also when it is no old name of the organization; `denied`.
 */
export async function releaseOldName(
  context: OrganizationsContext,
  actor: SignedIn,
  name: string,
  oldName: string,
): Promise<void> {
  const { db, clock } = context;
  const { organization, holds, refuse } = await authorityOf(context, actor, name, "own");
  const released = sql`name = ${oldName} and owner_id = ${organization.id}
    and name <> (select name from organizations where id = ${organization.id}) and ${holds}`;
  const rest = letRest(context, sql`select name from namespaces where ${released}`);
  const results = await db.batch([
    ...rest,
    sql`delete from namespaces where ${released}`.compile(db.query),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: organization.id,
      action: "organization.name.release",
      target: organization.name,
      before: { old_name: oldName },
    }),
  ]);
  if (results[rest.length]?.numAffectedRows === 0n)
    await refuse(
      new HubError("not-found", `"${oldName.slice(0, 64)}" is no old name of ${organization.name}`),
    );
}

/**
 * Deletes an organization with its teams, invitations, tokens and robots. Its names rest like a deleted user's.
 *
 * @throws HubError `not-found`, `denied`; `conflict` while it has repositories.
 */
export async function deleteOrganization(
  context: OrganizationsContext,
  actor: SignedIn,
  name: string,
): Promise<void> {
  const { db, clock } = context;
  const { organization, holds, refuse } = await authorityOf(context, actor, name, "own");
  const { id } = organization;
  const may = sql`not exists (select 1 from repositories where owner_id = ${id}) and ${holds}`;
  const rest = letRest(context, sql`select name from namespaces where owner_id = ${id} and ${may}`);
  const results = await db.batch([
    ...rest,
    sql`delete from organizations where id = ${id} and ${may}`.compile(db.query),
    // Who did it reads it in their own log; that of the organization is the operator's from now on.
    ...(actor.kind === "user" ? [id, actor.id] : [id]).map((log) =>
      auditEntry(db, clock.now(), actorOf(actor), {
        log,
        action: "organization.delete",
        target: organization.name,
        before: { name: organization.name, display_name: organization.display_name },
      }),
    ),
  ]);
  if (results[rest.length]?.numAffectedRows === 0n)
    await refuse(
      new HubError(
        "conflict",
        `${organization.name} still has repositories; delete or transfer those of "${organization.name}/" first`,
      ),
    );
}
