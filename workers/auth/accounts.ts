import type { UsersTable } from "../db/index.ts";
import { HubError } from "../shared/errors.ts";
import { isRepositoryName } from "../shared/reference.ts";
import type { AuthContext } from "./context.ts";

/** The name of the first administrator (administrator.ts). */
export const firstAdministrator = "admin";

export const maximumUserNameLength = 64;

/** Names that are, or may become, a path of the hub or an account of its own. As namespaces they would be taken for it. */
const reservedNames = new Set(
  `about account accounts admin administrator anonymous api apps assets auth billing blog builds catalog contact dashboard docs
  explore fleet healthz help home hooks hub install install.sh invite invites jobs legal library login logout me new nodes
  notifications oauth official organizations orgs pricing privacy profile public register registry repositories repository
  robots root search security sessions settings signin signout signup static status support system teams terms token tokens
  users v1 v2 webhooks wherry www`.split(/\s+/),
);

/**
 * A user's name is their namespace, so it is one component of a repository name.
 *
 * @throws HubError `invalid` when it is not, or is too long; `conflict` when it is reserved.
 */
export async function createUser(
  { db, clock }: AuthContext,
  user: { name: string; administrator: boolean },
): Promise<UsersTable> {
  const { name } = user;
  if (name.length > maximumUserNameLength || name.includes("/") || !isRepositoryName(name))
    throw new HubError(
      "invalid",
      `"${name.slice(0, maximumUserNameLength)}" cannot be a user name: use up to ${maximumUserNameLength} of a-z and 0-9, with ".", "_", "__" or "-" between them`,
    );
  if (reservedNames.has(name))
    throw new HubError("conflict", `the name "${name}" is reserved; choose another`);
  const created = await db.query
    .insertInto("users")
    .values({
      id: crypto.randomUUID(),
      name,
      administrator: user.administrator ? 1 : 0,
      created_at: clock.now(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!created) throw new HubError("conflict", `there is a user "${name}" already; choose another name`);
  return created;
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
 * Deletes a user and all of their access tokens. Refused while their namespace has repositories, which would fall to whoever takes the name next.
 *
 * @throws HubError `not-found`, `conflict`.
 */
export async function deleteUser(context: AuthContext, name: string): Promise<void> {
  const user = await findUser(context, name);
  const deleted = await context.db.query
    .deleteFrom("users")
    .where("id", "=", user.id)
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom("repositories")
            .select("repositories.id")
            // "/" is followed by "0": everything that starts with `namespace/`, by the index.
            .where("repositories.name", ">", `${user.name}/`)
            .where("repositories.name", "<", `${user.name}0`),
        ),
      ),
    )
    .executeTakeFirst();
  if (deleted.numDeletedRows === 0n)
    throw new HubError(
      "conflict",
      `"${user.name}" still has repositories; delete those of "${user.name}/" first`,
    );
}

function unknownUser(name: string): HubError {
  return new HubError("not-found", `there is no user "${name.slice(0, maximumUserNameLength)}"`);
}
