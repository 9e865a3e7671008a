import { sql, type CompiledQuery, type RawBuilder } from "kysely";
import { auditEntry } from "../audit/index.ts";
import {
  decide,
  describeRefusal,
  namespaceOf,
  nameRest,
  requireRepository,
  rolesOf,
  subjectOf,
  type PresentRepository,
  type Principal,
} from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import type { RegistryContext } from "./context.ts";
import { personOf, refusedName } from "./new-repository.ts";
import {
  auditedAs,
  checkName,
  logOf,
  nameTaken,
  readRepository,
  repositoryUnknown,
  requireCreation,
  type Repository,
} from "./repositories.ts";

/*
 * Names of repositories. A repository has one name; the names it had before lead to it for as long as it exists, and nothing else can be
 * made under them until they are released (old-names.ts). Pulls work by all of them; pushes and deletions by the present one only.
 *
 * No reader has to be told of a rename. What they keep in memory belongs to the repository (RepositoryObject, by id), and a name goes on
 * leading to the same one. What does take a name away, a release or the deletion of the repository, goes through the object.
 */

/**
 * Gives a repository another name. Into the namespace of another owner it is handed over: whoever had a right by the old owner's grants,
 * teams or rules has none afterwards.
 *
 * @throws HubError `not-found`; `denied` to who does not administer it, or may not make repositories where it is going; `conflict` when
 *   the name is taken, or leads to another repository.
 */
export async function renameRepository(
  context: RegistryContext,
  actor: Principal,
  name: string,
  newName: string,
): Promise<Repository> {
  const { db } = context;
  const found = await requireRepository(context, actor, name, "admin");
  const { id, name: present } = found;
  if (newName === present) return readRepository(context, id, present);
  const newLog = await requireNewName(context, actor, found, newName);
  const { actor: who, log, at } = auditedAs(context, actor, found);
  const handsOver = newLog !== log;
  const action = handsOver ? "repository.transfer" : "repository.rename";
  const entry = { action, target: newName, before: present, after: newName };
  const renamed = sql<boolean>`exists (select 1 from repositories where id = ${id} and name = ${newName})`;
  const [, update] = await freeNameOnly(newName, () =>
    db.batch([
      // 1. Its own old name becomes its name again.
      sql`delete from repository_redirects where name = ${newName} and repository_id = ${id}`.compile(
        db.query,
      ),
      // 2. The name. Triggers and the unique index refuse one that is another's.
      sql`update repositories set name = ${newName} where id = ${id} and name = ${present}
          and not exists (select 1 from deleted_names where name = ${newName} and deleted_at > ${at - nameRest})`.compile(
        db.query,
      ),
      auditEntry(db, at, who, { log, ...entry }),
      ...(handsOver ? [auditEntry(db, at, who, { log: newLog, ...entry })] : []),
      // 3. The old one leads to it.
      sql`insert into repository_redirects (name, repository_id, since)
          select ${present}, ${id}, ${at} where ${renamed}`.compile(db.query),
      ...(handsOver ? rightsOfNewOwner(context, id, subjectOf(actor), renamed) : []),
    ]),
  );
  if (!update?.numAffectedRows) throw (await refusedName(db, newName, at)) ?? repositoryUnknown(name);
  return readRepository(context, id, newName);
}

/** Whose log tells of the new name, when the actor may give it. */
async function requireNewName(
  context: RegistryContext,
  actor: Principal,
  found: PresentRepository,
  newName: string,
): Promise<string> {
  checkName(newName);
  if (namespaceOf(newName) !== namespaceOf(found.name)) {
    const { taken, log } = await requireCreation(context, actor, newName);
    if (taken && taken.id !== found.id) throw nameTaken(newName);
    if (log !== logOf(found)) requireHandOver(actor, found);
    return log;
  }
  // The right is there, and goes along; the token must be for the new name too.
  const decision = decide(actor, { ...found, name: newName }, "admin", context.clock.now());
  if (!decision.allow)
    throw new HubError(
      "denied",
      describeRefusal(actor.kind === "anonymous" ? undefined : actor.name, newName, "admin", decision.reason),
      { detail: { reason: decision.reason } },
    );
  return logOf(found);
}

/**
 * An organization's repository is handed over by those who answer for all of them: its old name leads to the new owner from then on, so
 * that a member who made it could otherwise keep a name of the organization.
 */
function requireHandOver(actor: Principal, found: PresentRepository): void {
  if (found.standing.owner?.kind !== "organization") return;
  const answers = ["administrator", "own-namespace", "organization-role"];
  if (rolesOf(actor, found).some(({ role, source }) => role === "admin" && answers.includes(source.type)))
    return;
  throw new HubError(
    "denied",
    `${namespaceOf(found.name)} is an organization: its owners and maintainers hand its repositories over, and ${actor.kind === "anonymous" ? "nobody else" : actor.name} is neither`,
  );
}

/** Rights that the old owner gave go; whoever brings a repository into an organization counts as having made it there. */
function rightsOfNewOwner(
  { db, clock }: RegistryContext,
  id: number,
  subject: string,
  renamed: RawBuilder<boolean>,
): CompiledQuery[] {
  const user = personOf(subject);
  return [
    sql`delete from repository_grants where repository_id = ${id} and ${renamed}`,
    sql`update repositories set created_by = ${user} where id = ${id} and ${renamed}`,
    sql`insert into repository_grants (repository_id, user_id, role, granted_at)
        select r.id, m.user_id, 'admin', ${clock.now()} from repositories r
        join organization_members m on m.organization_id = r.owner_id and m.user_id = r.created_by
        where r.id = ${id} and ${renamed}`,
  ].map((statement) => statement.compile(db.query));
}

async function freeNameOnly<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isTaken(error)) throw nameTaken(name);
    throw error;
  }
}

/** Whether a batch failed because a repository was to get a name that is, or was, another's. */
export function isTaken(error: unknown): boolean {
  return (
    error instanceof Error &&
    /repository moved|UNIQUE constraint failed: repositories\.name/.test(error.message)
  );
}
