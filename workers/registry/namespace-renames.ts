import { sql, type Compilable, type CompiledQuery, type QueryResult } from "kysely";
import { machineScopesFollow } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import { maximumNameLength } from "../shared/reference.ts";
import type { RegistryContext } from "./context.ts";
import { isTaken } from "./renames.ts";

/**
 * Renames what a user or an organization has, in one transaction with their own name: any number of repositories, and the scopes of
 * their machines. The names below the old
 * namespace lead on by the table of namespaces.
 *
 * @param statements change the owner's name, tell the audit log, and whatever else belongs together. When they turn out to change
 *   nothing, no repository is renamed either.
 * @returns the results of `statements`.
 * @throws HubError `conflict`, and nothing is changed: a repository would get a name that is too long, or that leads to another one; and
 *   whatever the statements throw.
 */
export async function renameNamespace(
  { db }: RegistryContext,
  oldName: string,
  newName: string,
  statements: readonly (CompiledQuery | Compilable)[],
): Promise<QueryResult<unknown>[]> {
  const longest = maximumNameLength - newName.length + oldName.length;
  const tooLong = await sql<{ name: string }>`select name from repositories
    where ${below(oldName)} and length(name) > ${longest} limit 1`.execute(db.query);
  const [long] = tooLong.rows;
  if (long)
    throw new HubError(
      "conflict",
      `with the new name ${long.name} would be longer than ${maximumNameLength} characters; choose a shorter one`,
    );
  // Whose present name it is: an old name leads to its owner too, when the statements have changed nothing.
  const owner = sql`(select id from organizations where name = ${newName}
    union all select id from users where name = ${newName})`;
  try {
    const results = await db.batch([
      ...statements,
      // 1. Names that come back to their own repository.
      sql`delete from repository_redirects where ${below(newName)} and repository_id = (
          select id from repositories where owner_id = ${owner}
            and name = ${oldName} || substr(repository_redirects.name, ${newName.length + 1}))`.compile(
        db.query,
      ),
      // 2. The names. The new namespace is the owner's only if the statements made it so.
      sql`update repositories set name = ${newName} || substr(name, ${oldName.length + 1})
          where ${below(oldName)} and owner_id = ${owner}`.compile(db.query),
      // 3. What machines may, only where the old name is the owner's too.
      ...machineScopesFollow(
        db,
        sql`(select owner_id from namespaces where name = ${oldName} and owner_id = ${owner})`,
        oldName,
        newName,
      ),
    ]);
    return results.slice(0, statements.length);
  } catch (error) {
    if (isTaken(error)) throw await takenBelow(db, oldName, newName, error);
    throw error;
  }
}

/** Which repository cannot be renamed, and why. */
async function takenBelow(
  db: RegistryContext["db"],
  oldName: string,
  newName: string,
  cause: unknown,
): Promise<HubError> {
  const { rows } = await sql<{ old: string; holder: string }>`
    select redirect.name as old, holder.name as holder from repository_redirects redirect
    join repositories holder on holder.id = redirect.repository_id
    join repositories renamed on renamed.name = ${oldName} || substr(redirect.name, ${newName.length + 1})
      and renamed.id <> holder.id
    where redirect.name > ${`${newName}/`} and redirect.name < ${`${newName}0`} limit 1`.execute(db.query);
  const [taken] = rows;
  const reason = taken
    ? `"${taken.old}" is an old name of ${taken.holder}; release it there`
    : `there are repositories of "${newName}/" already`;
  return new HubError("conflict", `the name cannot be changed to "${newName}": ${reason}`, { cause });
}

/** "/" is followed by "0": every name that starts with `namespace/`, by the index. */
function below(namespace: string) {
  return sql<boolean>`name > ${`${namespace}/`} and name < ${`${namespace}0`}`;
}
