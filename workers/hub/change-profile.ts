import { sql } from "kysely";
import { auditEntry, hubLog } from "../audit/index.ts";
import { actorOf, requireRepository, type PresentRepository, type Principal } from "../auth/index.ts";
import type { Row } from "../db/index.ts";
import { HubError } from "../shared/errors.ts";
import type { HubContext } from "./context.ts";
import { checkCategories, checkDescription, checkLicenses, checkSourceUrl } from "./profile-fields.ts";

/** What is left out stays as it is. */
export interface ProfileChange {
  description?: string | undefined;
  /** Slugs. */
  categories?: readonly string[] | undefined;
  deprecated?: boolean | undefined;
  /** Name of the repository to use in its place; null: none. */
  successor?: string | null | undefined;
  /** null or "": none. */
  sourceUrl?: string | null | undefined;
  licenses?: string | null | undefined;
}

/** The columns that a change is about. */
export type ProfileColumns = Omit<Row<"repository_profiles">, "repository_id" | "updated_at">;

const emptyProfile: ProfileColumns = {
  description: "",
  categories: "[]",
  deprecated_at: null,
  successor_id: null,
  source_url: null,
  licenses: null,
  written: "[]",
};

/**
 * Changes what is said of a repository. Its description, source and licences are from then on what was written here, and not what its
 * image says of itself; emptied, they are the image's again with the next push.
 *
 * @throws HubError `not-found`; `denied` to who may not do `metadata`; `invalid`, with the part in `detail.field`; `conflict` when somebody
 *   else changed it at the same moment.
 */
export async function changeProfile(
  context: HubContext,
  actor: Principal,
  name: string,
  change: ProfileChange,
): Promise<void> {
  const found = await requireRepository(context.auth, actor, name, "metadata");
  const { db, clock } = context;
  const { row, updatedAt, successor } = await readColumns(context, found.id);
  const given = await givenSuccessor(context, actor, found, change.successor);
  const next = changed(found, row, change, { now: clock.now(), successorId: given?.id });
  const kept = next.successor_id === row.successor_id ? successor : (given?.name ?? null);
  const [before, after] = differences(row, next, { before: successor, after: kept });
  if (Object.keys(after).length > 0) {
    const now = Math.max(clock.now(), updatedAt + 1);
    const entry = { action: "repository.profile", target: found.name, before, after };
    const [written] = await db.batch([
      writeColumns(context, found.id, next, { now, updatedAt }),
      auditEntry(db, clock.now(), actorOf(actor), { log: found.standing.owner?.id ?? hubLog, ...entry }),
    ]);
    if (!written?.numAffectedRows) throw changedMeanwhile(found.name);
  }
}

/** What is there. @returns updatedAt milliseconds since 1970; -1 when there is nothing */
export async function readColumns(
  { db }: Pick<HubContext, "db">,
  id: number,
): Promise<{ row: ProfileColumns; updatedAt: number; successor: string | null }> {
  const found = await db.query
    .selectFrom("repository_profiles")
    .leftJoin("repositories", "repositories.id", "successor_id")
    .selectAll("repository_profiles")
    .select("repositories.name as successor")
    .where("repository_id", "=", id)
    .executeTakeFirst();
  if (!found) return { row: emptyProfile, updatedAt: -1, successor: null };
  const { repository_id: _, updated_at, successor, ...row } = found;
  return { row, updatedAt: updated_at, successor };
}

/** The statement that writes it, of a repository that is there, unless somebody else has written since it was read. */
export function writeColumns(
  { db }: Pick<HubContext, "db">,
  id: number,
  row: ProfileColumns,
  { now, updatedAt }: { now: number; updatedAt: number },
) {
  return sql`insert into repository_profiles
      (repository_id, description, categories, deprecated_at, successor_id, source_url, licenses, written, updated_at)
      select id, ${row.description}, ${row.categories}, ${row.deprecated_at}, ${row.successor_id}, ${row.source_url},
        ${row.licenses}, ${row.written}, ${now}
      from repositories where id = ${id}
      on conflict (repository_id) do update set description = excluded.description, categories = excluded.categories,
        deprecated_at = excluded.deprecated_at, successor_id = excluded.successor_id, source_url = excluded.source_url,
        licenses = excluded.licenses, written = excluded.written, updated_at = excluded.updated_at
      where repository_profiles.updated_at = ${updatedAt}`.compile(db.query);
}

/**
 * Keeps the source that is there as if it had been written here: no image says another from now on.
 *
 * @throws HubError `conflict` when somebody else has written since it was read.
 */
export async function pinSource(
  context: HubContext,
  found: Pick<PresentRepository, "id" | "name">,
  row: ProfileColumns,
  updatedAt: number,
): Promise<void> {
  const written = new Set(JSON.parse(row.written) as string[]);
  if (written.has("source_url")) return;
  const next = { ...row, written: JSON.stringify([...written, "source_url"].toSorted()) };
  const now = Math.max(context.clock.now(), updatedAt + 1);
  const [changed] = await context.db.batch([writeColumns(context, found.id, next, { now, updatedAt })]);
  if (!changed?.numAffectedRows) throw changedMeanwhile(found.name);
}

function changedMeanwhile(name: string): HubError {
  return new HubError(
    "conflict",
    `the settings of ${name} were changed by somebody else at the same moment; look at them and try again`,
  );
}

function changed(
  found: PresentRepository,
  row: ProfileColumns,
  change: ProfileChange,
  { now, successorId }: { now: number; successorId: number | null | undefined },
): ProfileColumns {
  const next = { ...row };
  const written = new Set(JSON.parse(row.written) as string[]);
  const write = <Column extends "description" | "source_url" | "licenses">(
    column: Column,
    value: ProfileColumns[Column],
  ) => {
    // What stands there already was not written by sending it back.
    if (value === next[column]) return;
    next[column] = value;
    if (value) written.add(column);
    else written.delete(column);
  };
  if (change.description !== undefined) write("description", checkDescription(change.description));
  if (change.sourceUrl !== undefined) write("source_url", checkSourceUrl(change.sourceUrl ?? ""));
  if (change.licenses !== undefined) write("licenses", checkLicenses(change.licenses ?? ""));
  next.written = JSON.stringify([...written].toSorted());
  if (change.categories !== undefined) next.categories = JSON.stringify(checkCategories(change.categories));
  if (change.deprecated !== undefined)
    next.deprecated_at = change.deprecated ? (row.deprecated_at ?? now) : null;
  if (successorId !== undefined) next.successor_id = successorId;
  if (next.deprecated_at === null) {
    if (successorId)
      throw wrongSuccessor(
        `${found.name} is not deprecated; a successor is named by a repository that says not to use it any more`,
      );
    next.successor_id = null;
  }
  return next;
}

/**
 * The repository that is to be the successor; null: none; undefined: nothing was said of it.
 *
 * @throws HubError `invalid`, in the same words whether it is not there or not for the actor.
 */
async function givenSuccessor(
  { auth }: HubContext,
  actor: Principal,
  found: PresentRepository,
  name: string | null | undefined,
): Promise<{ id: number; name: string } | { id: null; name: null } | undefined> {
  if (name === undefined) return undefined;
  if (name === null || name.trim() === "") return { id: null, name: null };
  const successor = await requireRepository(auth, actor, name.trim(), "pull").catch((error: unknown) => {
    if (error instanceof HubError && error.kind === "not-found") throw wrongSuccessor(error.message);
    throw error;
  });
  if (successor.id === found.id) throw wrongSuccessor(`${found.name} cannot be its own successor`);
  return successor;
}

function wrongSuccessor(message: string): HubError {
  return new HubError("invalid", message, { detail: { field: "successor" } });
}

/** What was there and what is now, of the parts that differ, as the log tells it. */
function differences(row: ProfileColumns, next: ProfileColumns, names: SuccessorNames): [object, object] {
  const [before, after] = [told(row, names.before), told(next, names.after)];
  const differing = Object.keys(after).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const of = (from: Record<string, unknown>) =>
    Object.fromEntries(differing.map((name) => [name, from[name]]));
  return [of(before), of(after)];
}

interface SuccessorNames {
  before: string | null;
  after: string | null;
}

function told(row: ProfileColumns, successor: string | null): Record<string, unknown> {
  const { description, categories, deprecated_at, source_url, licenses } = row;
  return {
    description,
    categories: JSON.parse(categories),
    deprecated: deprecated_at !== null,
    successor,
    source_url,
    licenses,
  };
}
