import type { UsersTable } from "../db/index.ts";
import { minute, second } from "../platform/clock.ts";
import { HubError } from "../shared/errors.ts";
import { isRepositoryName } from "../shared/reference.ts";
import type { AuthContext } from "./context.ts";
import { clockTolerance, tokenLifetime } from "./registry-tokens.ts";

/** The name of the first administrator (administrator.ts). */
export const firstAdministrator = "admin";

export const maximumUserNameLength = 64;

/**
 * How long the name of a deleted user stays nobody's, in milliseconds: until their last registry token has expired on every clock, and a
 * some minutes for the requests that were under way then (a manifest may take two).
 */
const nameRest = (tokenLifetime + clockTolerance) * second + 3 * minute;

/** Names that are, or may become, a path of the hub or an account of its own. As namespaces they would be taken for it. */
const reservedNames = new Set(
  `about account accounts admin administrator anonymous api apps assets auth billing blog builds catalog contact dashboard docs
  explore fleet healthz help home hooks hub install install.sh invite invites jobs legal library login logout me new nodes
  notifications oauth official organizations orgs pricing privacy profile public register registry repositories repository
  robots root search security sessions settings signin signout signup static status support system teams terms token tokens
  users v1 v2 webhooks wherry www`.split(/\s+/),
);

/**
 * A user's name is their namespace, so it is one component of a repository name. It must hold nothing yet, and nobody may be left who
 * could push there with a registry token of somebody who had the name before.
 *
 * @throws HubError `invalid` when it is not, or is too long; `conflict` when it is reserved, taken, not free yet, or holds repositories.
 */
export async function createUser(
  context: AuthContext,
  user: { name: string; administrator: boolean },
): Promise<UsersTable> {
  const { db, clock } = context;
  const { name } = user;
  if (name.length > maximumUserNameLength || name.includes("/") || !isRepositoryName(name))
    throw new HubError(
      "invalid",
      `"${name.slice(0, maximumUserNameLength)}" cannot be a user name: use up to ${maximumUserNameLength} of a-z and 0-9, with ".", "_", "__" or "-" between them`,
    );
  if (reservedNames.has(name))
    throw new HubError("conflict", `the name "${name}" is reserved; choose another`);
  const row = db.query
    .selectNoFrom((is) => [
      is.val(crypto.randomUUID()).as("id"),
      is.val(name).as("name"),
      is.lit(user.administrator ? 1 : 0).as("administrator"),
      is.val(clock.now()).as("created_at"),
    ])
    .where((is) => is.not(is.exists(recentDeletion(context, name))))
    .where((is) => is.not(is.exists(repositoriesBelow(context, name))));
  const created = await db.query
    .insertInto("users")
    .columns(["id", "name", "administrator", "created_at"])
    .expression(row)
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  return created ?? refuseName(context, name);
}

async function refuseName(context: AuthContext, name: string): Promise<never> {
  const deletion = await recentDeletion(context, name).executeTakeFirst();
  if (deletion) {
    const wait = Math.ceil((deletion.deleted_at + nameRest - context.clock.now()) / second);
    throw new HubError(
      "conflict",
      `the user "${name}" was deleted a short while ago, and registry tokens of theirs may still work; try again in ${wait} s, or choose another name`,
    );
  }
  if (await repositoriesBelow(context, name).executeTakeFirst())
    throw new HubError(
      "conflict",
      `there are repositories of "${name}/" already, which would become the new user's; delete them first, or choose another name`,
    );
  throw new HubError("conflict", `there is a user "${name}" already; choose another name`);
}

/** @throws HubError `not-found`. */
export async function findUser({ db }: AuthContext, name: string): Promise<UsersTable> {
  const user = await db.query.selectFrom("users").selectAll().where("name", "=", name).executeTakeFirst();
  if (!user) throw unknownUser(name);
  return user;
}

/** Users by name, behind `last`. */
export async function listUsers(
  { db }: AuthContext,
  page: { last: string; limit: number },
): Promise<UsersTable[]> {
  return db.query
    .selectFrom("users")
    .selectAll()
    .where("name", ">", page.last)
    .orderBy("name")
    .limit(page.limit)
    .execute();
}

/**
 * Deletes a user and all of their access tokens. Refused while their namespace has repositories. The name stays nobody's for a while
 * (`createUser`).
 *
 * @throws HubError `not-found`, `conflict`.
 */
export async function deleteUser(context: AuthContext, name: string): Promise<void> {
  const { db, clock } = context;
  const user = await findUser(context, name);
  const now = clock.now();
  const [deleted] = await db.batch([
    db.query
      .deleteFrom("users")
      .where("id", "=", user.id)
      .where((is) => is.not(is.exists(repositoriesBelow(context, user.name)))),
    // Only once the user of the statement before is gone.
    db.query
      .insertInto("deleted_names")
      .columns(["name", "deleted_at"])
      .expression(
        db.query
          .selectNoFrom((row) => [row.val(user.name).as("name"), row.val(now).as("deleted_at")])
          .where((is) =>
            is.not(is.exists(db.query.selectFrom("users").select("id").where("id", "=", user.id))),
          ),
      )
      .onConflict((conflict) => conflict.column("name").doUpdateSet({ deleted_at: now })),
    db.query.deleteFrom("deleted_names").where("deleted_at", "<=", now - nameRest),
  ]);
  if (deleted?.numAffectedRows === 0n)
    throw new HubError(
      "conflict",
      `"${user.name}" still has repositories; delete those of "${user.name}/" first`,
    );
}

function recentDeletion({ db, clock }: AuthContext, name: string) {
  return db.query
    .selectFrom("deleted_names")
    .select("deleted_at")
    .where("name", "=", name)
    .where("deleted_at", ">", clock.now() - nameRest);
}

function repositoriesBelow({ db }: AuthContext, name: string) {
  return (
    db.query
      .selectFrom("repositories")
      .select("id")
      // "/" is followed by "0": everything that starts with `name/`, by the index.
      .where("name", ">", `${name}/`)
      .where("name", "<", `${name}0`)
      .limit(1)
  );
}

function unknownUser(name: string): HubError {
  return new HubError("not-found", `there is no user "${name.slice(0, maximumUserNameLength)}"`);
}
