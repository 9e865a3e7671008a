import { sql, type SqlBool } from "kysely";
import { auditEntry, hubLog } from "../audit/index.ts";
import type { Row } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import { HubError } from "../shared/errors.ts";
import type { SignedIn } from "./access.ts";
import { actorOf } from "./actor.ts";
import type { AuthContext } from "./context.ts";
import { departures } from "./departures.ts";
import {
  checkNamespaceName,
  letRest,
  maximumUserNameLength,
  nameIsFree,
  refuseName,
  repositoriesBelow,
} from "./namespace-names.ts";
import { requireAdministrator } from "./wide-scopes.ts";

export { maximumUserNameLength } from "./namespace-names.ts";

/** The name of the first administrator (administrator.ts). */
export const firstAdministrator = "admin";

/**
 * A user's name is their namespace, so it is one component of a repository name. It must hold nothing yet, and nobody may be left who
 * could push there with a registry token of somebody who had the name before.
 *
 * @throws HubError `denied` to everybody but administrators; `invalid` when it is not a component, or is too long; `conflict` when it is reserved, taken, not free yet, or holds repositories.
 */
export async function createUser(
  context: AuthContext,
  actor: SignedIn,
  user: { name: string; administrator: boolean },
): Promise<Row<"users">> {
  requireAdministrator(actor);
  const { db, clock } = context;
  const { name, administrator } = user;
  checkNamespaceName(name);
  const now = clock.now();
  const row = db.query
    .selectNoFrom((is) => [
      is.val(crypto.randomUUID()).as("id"),
      is.val(name).as("name"),
      is.lit(administrator ? 1 : 0).as("administrator"),
      is.val(now).as("created_at"),
    ])
    .where(nameIsFree(context, name));
  const [created] = await db.batch([
    db.query
      .insertInto("users")
      .columns(["id", "name", "administrator", "created_at"])
      .expression(row)
      .onConflict((conflict) => conflict.doNothing())
      .returningAll(),
    auditEntry(db, now, actorOf(actor), {
      log: hubLog,
      action: "user.create",
      target: name,
      after: { administrator },
    }),
  ]);
  const [made] = (created?.rows ?? []) as Row<"users">[];
  return made ?? refuseName(context, name);
}

/** @throws HubError `not-found`. */
async function findUser({ db }: AuthContext, name: string): Promise<Row<"users">> {
  const user = await db.query.selectFrom("users").selectAll().where("name", "=", name).executeTakeFirst();
  if (!user) throw unknownUser(name);
  return user;
}

export interface UserFilter {
  /** The beginning of a name, or a whole e-mail address. */
  search?: string | undefined;
  administrator?: boolean | undefined;
}

/** Users by name, behind `last`; `next` when there are more. @throws HubError `denied` to everybody but administrators. */
export async function listUsers(
  { db }: AuthContext,
  actor: SignedIn,
  { last, limit }: Page,
  { search = "", administrator }: UserFilter = {},
): Promise<{ users: Row<"users">[]; next: string | undefined }> {
  requireAdministrator(actor);
  let query = db.query.selectFrom("users").selectAll().where("name", ">", last);
  if (search.includes("@")) query = query.where("email", "=", search);
  // No character of a name sorts behind "~".
  else if (search !== "") query = query.where("name", ">=", search).where("name", "<", `${search}~`);
  if (administrator !== undefined) query = query.where("administrator", "=", administrator ? 1 : 0);
  const rows = await query
    .orderBy("name")
    .limit(limit + 1)
    .execute();
  const users = rows.slice(0, limit);
  return { users, next: rows.length > limit ? users.at(-1)?.name : undefined };
}

/** A user by their present name. @throws HubError `denied` to everybody but administrators; `not-found`. */
export async function getUser(context: AuthContext, actor: SignedIn, name: string): Promise<Row<"users">> {
  requireAdministrator(actor);
  return findUser(context, name);
}

/**
 * Makes a user an administrator of the hub, or takes that away; holds from their next request on, on `/v2` when their registry token has
 * expired.
 *
 * @throws HubError `denied` to everybody but administrators; `not-found`; `conflict` for oneself, so that there is always one left.
 */
export async function setAdministrator(
  context: AuthContext,
  actor: SignedIn,
  name: string,
  administrator: boolean,
): Promise<Row<"users">> {
  requireAdministrator(actor);
  const { db, clock } = context;
  const user = await findUser(context, name);
  if (actor.kind === "user" && actor.id === user.id && !administrator)
    throw new HubError("conflict", "you cannot take this from yourself; another administrator can");
  // Of two who take it from each other one is left: the second is no administrator any more when the statement runs.
  const acts = sql<SqlBool>`exists (select 1 from users where id = ${actor.kind === "user" ? actor.id : ""} and administrator = 1)`;
  await db.batch([
    db.query
      .updateTable("users")
      .set({ administrator: administrator ? 1 : 0 })
      .where("id", "=", user.id)
      .where("administrator", "=", administrator ? 0 : 1)
      .where(acts),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: hubLog,
      action: "user.administrator",
      target: user.name,
      before: { administrator: !administrator },
      after: { administrator },
    }),
  ]);
  return findUser(context, user.name);
}

/**
 * Deletes a user and all of their access tokens. Refused while their namespace has repositories. The name stays nobody's for a while
 * (`createUser`).
 *
 * @throws HubError `denied` to everybody but administrators; `not-found`; `conflict`, also for oneself and while an organization would be
 *   left without an owner.
 */
export async function deleteUser(context: AuthContext, actor: SignedIn, name: string): Promise<void> {
  requireAdministrator(actor);
  const { db, clock } = context;
  const user = await findUser(context, name);
  if (actor.kind === "user" && actor.id === user.id)
    throw new HubError("conflict", "you cannot delete yourself; another administrator can");
  const empty = sql`not exists ${repositoriesBelow(context, user.name)}`;
  const rest = [
    ...letRest(context, sql`select name from namespaces where owner_id = ${user.id} and ${empty}`),
    departures(context, actor, user.id, empty),
  ];
  const deletion = db.batch([
    ...rest,
    sql`delete from users where id = ${user.id} and ${empty}`.compile(db.query),
    auditEntry(db, clock.now(), actorOf(actor), { log: hubLog, action: "user.delete", target: user.name }),
  ]);
  const results = await deletion.catch((error: unknown) => {
    // The database itself keeps the last owner of an organization (migrations/0003).
    if (error instanceof Error && error.message.includes("last owner"))
      throw new HubError(
        "conflict",
        `"${user.name}" is the last owner of an organization; make somebody else its owner, or delete it, first`,
        { cause: error },
      );
    throw error;
  });
  if (results[rest.length]?.numAffectedRows === 0n)
    throw new HubError(
      "conflict",
      `"${user.name}" still has repositories; delete those of "${user.name}/" first`,
    );
}

function unknownUser(name: string): HubError {
  return new HubError("not-found", `there is no user "${name.slice(0, maximumUserNameLength)}"`);
}
