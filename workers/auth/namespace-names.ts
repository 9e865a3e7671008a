import { sql, type RawBuilder, type SqlBool } from "kysely";
import type { Database } from "../db/index.ts";
import { minute, second, type Clock } from "../platform/clock.ts";
import { HubError } from "../shared/errors.ts";
import { isRepositoryName } from "../shared/reference.ts";
import { clockTolerance, tokenLifetime } from "./registry-tokens.ts";

/** The longest name of a user or an organization. */
export const maximumUserNameLength = 64;

/**
 * How long a name that somebody gave up stays nobody's, in milliseconds: until their last registry token has expired on every clock,
 * and some minutes for the requests that were under way then (a manifest may take two).
 */
export const nameRest = (tokenLifetime + clockTolerance) * second + 3 * minute;

/** Names that are, or may become, a path of the hub or an account of its own. As namespaces they would be taken for it. */
const reservedNames = new Set(
  `about account accounts admin administrator anonymous api apps assets auth billing blog builds catalog confirm contact
  dashboard device docs explore fleet forgotten healthz help home hooks hub install install.sh invitations invite invites
  jobs legal library login logout me n namespaces new nodes notifications oauth official organizations orgs outbox pricing privacy profile
  public r register registry repositories repository reset robots root search security sessions settings sign-in sign-out
  sign-up signin signout signup static status support system teams terms token tokens user users v1 v2 verify webhooks welcome
  wherry www`.split(/\s+/),
);

interface Names {
  db: Database;
  clock: Clock;
}

/**
 * Users and organizations share one namespace; each name in it is one component of a repository name.
 *
 * @throws HubError `invalid` when it is not, or is too long; `conflict` when it is reserved.
 */
export function checkNamespaceName(name: string): void {
  if (name.length > maximumUserNameLength || name.includes("/") || !isRepositoryName(name))
    throw new HubError(
      "invalid",
      `"${name.slice(0, maximumUserNameLength)}" cannot be the name of a user or an organization: use up to ${maximumUserNameLength} of a-z and 0-9, with ".", "_", "__" or "-" between them`,
    );
  if (reservedNames.has(name))
    throw new HubError("conflict", `the name "${name}" is reserved; choose another`);
}

/**
 * Whether somebody can have this name, for the statement that gives it to them: it leads to nobody else, it holds nothing yet, and nobody
 * is left who could push there with a registry token of somebody who had it before.
 *
 * @param owner whose old names are free to them: a user or an organization that changes its name.
 */
export function nameIsFree({ db, clock }: Names, name: string, owner = ""): RawBuilder<SqlBool> {
  const holder = db.query.selectFrom("namespaces").where("name", "=", name).where("owner_id", "<>", owner);
  return sql<SqlBool>`(not exists ${holder.select("name")}
    and not exists ${recentRelease({ db, clock }, name)} and not exists ${repositoriesBelow({ db }, name)})`;
}

/** @throws HubError `conflict`: why a name is not free, in words. */
export async function refuseName({ db, clock }: Names, name: string): Promise<never> {
  const release = await recentRelease({ db, clock }, name).executeTakeFirst();
  if (release) {
    const wait = Math.ceil((release.deleted_at + nameRest - clock.now()) / second);
    throw new HubError(
      "conflict",
      `the name "${name}" was somebody else's a short while ago, and registry tokens of theirs may still work; try again in ${wait} s, or choose another name`,
    );
  }
  if (await repositoriesBelow({ db }, name).executeTakeFirst())
    throw new HubError(
      "conflict",
      `there are repositories of "${name}/" already, which would become the new owner's; delete them first, or choose another name`,
    );
  throw new HubError("conflict", `the name "${name}" is taken; choose another`);
}

/**
 * Statements that let names rest from now on. They go in front of the one that gives the names up, into the same batch.
 *
 * @param given the names that are given up, as a query of one column: none when the change that follows will not happen.
 */
export function letRest({ db, clock }: Names, given: RawBuilder<unknown>) {
  const now = clock.now();
  return [
    db.query.deleteFrom("deleted_names").where("deleted_at", "<=", now - nameRest),
    sql`insert into deleted_names (name, deleted_at) select name, ${now} from (${given}) where true
      on conflict (name) do update set deleted_at = excluded.deleted_at`,
  ].map((query) => query.compile(db.query));
}

function recentRelease({ db, clock }: Names, name: string) {
  return db.query
    .selectFrom("deleted_names")
    .select("deleted_at")
    .where("name", "=", name)
    .where("deleted_at", ">", clock.now() - nameRest);
}

/** The repositories of a namespace, as a query that finds one. */
export function repositoriesBelow({ db }: Pick<Names, "db">, name: string) {
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
