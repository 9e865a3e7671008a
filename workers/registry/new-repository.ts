import { sql, type CompiledQuery, type RawBuilder, type SqlBool } from "kysely";
import { auditEntry, hubLog } from "../audit/index.ts";
import { namespaceOf, nameRest } from "../auth/index.ts";
import type { Database, Visibility } from "../db/index.ts";
import { second } from "../platform/clock.ts";
import { RegistryError } from "./errors.ts";
import { ledTo } from "./repository-id.ts";

export interface NewRepository {
  name: string;
  /** undefined: what its organization says; private elsewhere. */
  visibility?: Visibility | undefined;
  /** `Access.subject` of whoever makes it: as a member of the organization they become its administrator (a trigger). */
  subject: string;
  /** Milliseconds since 1970. */
  at: number;
}

/**
 * The statement that makes a repository, unless there is one of this name. All that makes repositories does it by this one.
 *
 * It fails with what `refusedName` knows when the name leads to another repository, and makes nothing while the name rests: then
 * whatever needs the repository's id in the same batch has to fail.
 *
 * @param when it is made only if this holds.
 */
export function insertRepository(
  db: Database,
  { name, visibility, subject, at }: NewRepository,
  when: RawBuilder<SqlBool> = sql`true`,
): CompiledQuery {
  const usual = sql`coalesce((select default_visibility from organizations
      where id = (select owner_id from namespaces where name = ${namespaceOf(name)})), 'private')`;
  return sql`insert into repositories (name, visibility, created_at, created_by)
      select ${name}, ${visibility ?? usual}, ${at}, ${personOf(subject)}
      where ${when} and not exists (
        select 1 from deleted_names where name = ${name} and deleted_at > ${at - nameRest})
      on conflict (name) do nothing`.compile(db.query);
}

/**
 * The statements by which a push makes its repository, unless there is one: `insertRepository`, and the entry in the log of its owner. The
 * registry token says who pushes, and not what they are called; the entry looks that up.
 */
export function makeByPush(
  db: Database,
  made: NewRepository,
  when?: RawBuilder<SqlBool>,
): [insert: CompiledQuery, entry: CompiledQuery] {
  const { name, subject, at } = made;
  const id = subject.slice(subject.indexOf(":") + 1);
  const called = sql<string>`coalesce((select name from users where id = ${id}),
    (select coalesce(u.name, o.name) || '+' || m.name from (
        select id, name, user_id, organization_id from access_tokens
        union all select id, name, user_id, organization_id from federation_rules) m
      left join users u on u.id = m.user_id left join organizations o on o.id = m.organization_id where m.id = ${id}), ${subject})`;
  const log = sql<string>`coalesce((select owner_id from repositories where name = ${name}), ${hubLog})`;
  const entry = { log, action: "repository.create", target: name, after: { by: "push" } };
  return [insertRepository(db, made, when), auditEntry(db, at, { subject, name: called }, entry)];
}

/** The user's id in a subject; null for machines. */
export function personOf(subject: string): string | null {
  return subject.startsWith("user:") ? subject.slice("user:".length) : null;
}

/**
 * Does what makes a repository, or writes to one by its name.
 *
 * @param at milliseconds since 1970
 * @throws RegistryError DENIED when the name leads to another repository or rests: it says where to go, or when to try again.
 */
export async function underName<T>(
  db: Database,
  name: string,
  at: number,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw (isNameRefused(error) && (await refusedName(db, name, at))) || error;
  }
}

/** Whether a batch failed because its repository could not be made, or has another name by now. */
export function isNameRefused(error: unknown): boolean {
  return (
    error instanceof Error &&
    /repository moved|NOT NULL constraint failed: \w+\.repository_id/.test(error.message)
  );
}

/** Why nothing can be pushed under a name, or undefined when no reason is known. */
export async function refusedName(
  db: Database,
  name: string,
  at: number,
): Promise<RegistryError | undefined> {
  const namespace = namespaceOf(name);
  const [moved, owners, rests] = await db.batch([
    sql`select name from repositories where id = ${ledTo(name)} and name <> ${name}`.compile(db.query),
    sql`select coalesce((select name from users where id = owner_id), (select name from organizations where id = owner_id)) as name
        from namespaces where name = ${namespace}`.compile(db.query),
    sql`select deleted_at from deleted_names where name = ${name} and deleted_at > ${at - nameRest}`.compile(
      db.query,
    ),
  ]);
  const [present] = (moved?.rows ?? []) as { name: string }[];
  if (present) return movedTo(name, present.name);
  const [owner] = (owners?.rows ?? []) as { name: string }[];
  if (owner && owner.name.toLowerCase() !== namespace)
    return movedTo(name, owner.name + name.slice(namespace.length));
  const [release] = (rests?.rows ?? []) as { deleted_at: number }[];
  if (!release) return undefined;
  const wait = Math.ceil((release.deleted_at + nameRest - at) / second);
  return new RegistryError(
    "DENIED",
    `"${name}" was the name of another repository a short while ago, and registry tokens for it may still work; try again in ${wait} s`,
  );
}

function movedTo(name: string, present: string): RegistryError {
  return new RegistryError("DENIED", `"${name}" is now "${present}"; push there`, {
    detail: { repository: present },
  });
}
