import { sql } from "kysely";
import type { Row } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import { HubError } from "../shared/errors.ts";
import type { AuthContext } from "./context.ts";
import {
  checkNamespaceName,
  letRest,
  maximumUserNameLength,
  nameIsFree,
  refuseName,
  repositoriesBelow,
} from "./namespace-names.ts";

export { maximumUserNameLength } from "./namespace-names.ts";

/** The name of the first administrator (administrator.ts). */
export const firstAdministrator = "admin";

/**
 * A user's name is their namespace, so it is one component of a repository name. It must hold nothing yet, and nobody may be left who
 * could push there with a registry token of somebody who had the name before.
 *
 * @throws HubError `invalid` when it is not, or is too long; `conflict` when it is reserved, taken, not free yet, or holds repositories.
 */
export async function createUser(
  context: AuthContext,
  user: { name: string; administrator: boolean },
): Promise<Row<"users">> {
  const { db, clock } = context;
  const { name } = user;
  checkNamespaceName(name);
  const row = db.query
    .selectNoFrom((is) => [
      is.val(crypto.randomUUID()).as("id"),
      is.val(name).as("name"),
      is.lit(user.administrator ? 1 : 0).as("administrator"),
      is.val(clock.now()).as("created_at"),
    ])
    .where(nameIsFree(context, name));
  const created = await db.query
    .insertInto("users")
    .columns(["id", "name", "administrator", "created_at"])
    .expression(row)
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  return created ?? refuseName(context, name);
}

/** @throws HubError `not-found`. */
export async function findUser({ db }: AuthContext, name: string): Promise<Row<"users">> {
  const user = await db.query.selectFrom("users").selectAll().where("name", "=", name).executeTakeFirst();
  if (!user) throw unknownUser(name);
  return user;
}

/** Users by name, behind `last`; `next` when there are more. */
export async function listUsers(
  { db }: AuthContext,
  { last, limit }: Page,
): Promise<{ users: Row<"users">[]; next: string | undefined }> {
  const rows = await db.query
    .selectFrom("users")
    .selectAll()
    .where("name", ">", last)
    .orderBy("name")
    .limit(limit + 1)
    .execute();
  const users = rows.slice(0, limit);
  return { users, next: rows.length > limit ? users.at(-1)?.name : undefined };
}

/**
 * Deletes a user and all of their access tokens. Refused while their namespace has repositories. The name stays nobody's for a while
 * (`createUser`).
 *
 * @throws HubError `not-found`, `conflict`.
 */
export async function deleteUser(context: AuthContext, name: string): Promise<void> {
  const { db } = context;
  const user = await findUser(context, name);
  const empty = sql`not exists ${repositoriesBelow(context, user.name)}`;
  const results = await db.batch([
    ...letRest(context, sql`select name from namespaces where owner_id = ${user.id} and ${empty}`),
    db.query
      .deleteFrom("users")
      .where("id", "=", user.id)
      .where(sql<boolean>`${empty}`),
  ]);
  const deleted = results.at(-1);
  if (deleted?.numAffectedRows === 0n)
    throw new HubError(
      "conflict",
      `"${user.name}" still has repositories; delete those of "${user.name}/" first`,
    );
}

function unknownUser(name: string): HubError {
  return new HubError("not-found", `there is no user "${name.slice(0, maximumUserNameLength)}"`);
}
