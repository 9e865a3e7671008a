import { sql, type Compilable, type CompiledQuery } from "kysely";
import { auditEntry, hubLog } from "../audit/index.ts";
import {
  actorOf,
  decide,
  describeRefusal,
  namespaceOf,
  requireRepository,
  standingsOf,
  subjectOf,
  type FoundRepository,
  type Principal,
} from "../auth/index.ts";
import type { Visibility } from "../db/index.ts";
import { HubError } from "../shared/errors.ts";
import { isRepositoryName } from "../shared/reference.ts";
import type { Audited, Change, Outcome } from "./changes.ts";
import type { RegistryContext } from "./context.ts";
import { RegistryError } from "./errors.ts";
import { insertRepository, makeByPush, refusedName, underName } from "./new-repository.ts";
import { repositoryId, type NamedRepository } from "./repository-id.ts";

export interface Repository {
  id: number;
  name: string;
  visibility: Visibility;
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** Applies a change through the repository's one writer. @throws RegistryError TOOMANYREQUESTS */
export async function changeRepository(
  context: RegistryContext,
  repository: NamedRepository,
  change: Change,
): Promise<Outcome> {
  const outcome = await objectOf(context, repository.id).apply(repository, change);
  if (outcome.result === "busy")
    throw new RegistryError(
      "TOOMANYREQUESTS",
      `too many changes to ${repository.name} at once; try again in some seconds`,
    );
  return outcome;
}

/** The one writer of a repository. */
export function objectOf({ repositories }: RegistryContext, id: number) {
  return repositories.getByName(String(id));
}

/** The repository that is called so now, for somebody who changes it. @throws RegistryError NAME_UNKNOWN; DENIED for an old name. */
export async function repositoryNamed(
  { db, clock }: RegistryContext,
  name: string,
): Promise<NamedRepository> {
  const row = await db.query
    .selectFrom("repositories")
    .select("id")
    .where("name", "=", name)
    .executeTakeFirst();
  if (!row) throw (await refusedName(db, name, clock.now())) ?? repositoryUnknown(name);
  return { id: row.id, name };
}

/**
 * The repository of this name for somebody who pushes to it: it exists from its first push on.
 *
 * @param subject `Access.subject`
 * @param more statements for the same transaction
 * @throws RegistryError DENIED for the old name of another.
 */
export async function enterRepository(
  { db, clock }: RegistryContext,
  name: string,
  subject: string,
  more: (CompiledQuery | Compilable)[] = [],
): Promise<NamedRepository> {
  const at = clock.now();
  const [, , found] = await underName(db, name, at, () =>
    db.batch([
      ...makeByPush(db, { name, subject, at }),
      sql`select ${repositoryId(name)} as id`.compile(db.query),
      ...more,
    ]),
  );
  const [row] = (found?.rows ?? []) as { id: number | null }[];
  const id = row?.id ?? undefined;
  if (id === undefined) throw (await refusedName(db, name, at)) ?? repositoryUnknown(name);
  return { id, name };
}

/** The repository of this name, or of this old name, for somebody who may pull from it. @throws HubError `not-found` */
export async function getRepository(
  context: RegistryContext,
  actor: Principal,
  name: string,
): Promise<Repository> {
  const { id } = await requireRepository(context, actor, name, "pull");
  return readRepository(context, id, name);
}

/** @throws RegistryError NAME_UNKNOWN when it has gone. */
export async function readRepository({ db }: RegistryContext, id: number, name: string): Promise<Repository> {
  const row = await db.query
    .selectFrom("repositories")
    .select(["id", "name", "visibility", "created_at"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (!row) throw repositoryUnknown(name);
  return { id, name: row.name, visibility: row.visibility, createdAt: row.created_at };
}

/**
 * Makes a repository before anything is pushed to it.
 *
 * @param visibility undefined: what its organization says; private elsewhere.
 * @throws HubError `invalid`; `denied` to who may not make it; `conflict` when there is one, or the name leads to another one.
 */
export async function createRepository(
  context: RegistryContext,
  actor: Principal,
  name: string,
  { visibility }: { visibility?: Visibility | undefined } = {},
): Promise<Repository> {
  const { db, clock } = context;
  const { taken, log } = await requireCreation(context, actor, name);
  if (taken) throw nameTaken(name);
  const at = clock.now();
  const [made, , found] = await underName(db, name, at, () =>
    db.batch([
      insertRepository(db, { name, visibility, subject: subjectOf(actor), at }),
      auditEntry(db, at, actorOf(actor), { log, action: "repository.create", target: name }),
      db.query.selectFrom("repositories").select(["id", "visibility"]).where("name", "=", name),
    ]),
  );
  const [created] = (found?.rows ?? []) as { id: number; visibility: Visibility }[];
  if (!created) throw (await refusedName(db, name, at)) ?? repositoryUnknown(name);
  if (!made?.numAffectedRows) throw nameTaken(name);
  return { ...created, name, createdAt: at };
}

/**
 * A name and what is known of it, for somebody who may make a repository in its namespace.
 *
 * @returns the id of the repository that the name leads to already, if there is one, and whether the actor may know of it.
 * @throws HubError `invalid`, or `denied`: in the same words whether or not there is one already.
 */
export async function requireCreation(
  context: RegistryContext,
  actor: Principal,
  name: string,
): Promise<{ taken: FoundRepository | undefined; log: string }> {
  checkName(name);
  const now = context.clock.now();
  // No repository is called so: it has what its namespace gives, also where the name itself leads somewhere else.
  const nobodys = `${namespaceOf(name)}/.`;
  const found = await standingsOf(context, actor, [name, nobodys]);
  const [named, place] = [found.get(name), found.get(nobodys)];
  if (!named || !place) throw repositoryUnknown(name);
  const decision = decide(actor, { ...place, name }, "create", now);
  if (!decision.allow)
    throw new HubError(
      "denied",
      describeRefusal(actor.kind === "anonymous" ? undefined : actor.name, name, "create", decision.reason),
      { detail: { reason: decision.reason } },
    );
  return { taken: named.id === undefined ? undefined : named, log: logOf(place) };
}

/** @throws HubError `invalid` */
export function checkName(name: string): void {
  if (!isRepositoryName(name))
    throw new HubError(
      "invalid",
      `"${name.slice(0, 300)}" is not a repository name: parts of a-z, 0-9 and single . _ - between them, joined by /, 255 characters in all`,
    );
}

/** Makes a repository public or private; holds from the next request on. @throws HubError `not-found`, `denied` */
export async function setVisibility(
  context: RegistryContext,
  actor: Principal,
  name: string,
  visibility: Visibility,
): Promise<Repository> {
  const found = await requireRepository(context, actor, name, "admin");
  const audited = auditedAs(context, actor, found);
  const change = { type: "set-visibility", visibility, before: found.visibility, audited } as const;
  const outcome = await changeRepository(context, { id: found.id, name: found.name }, change);
  if (outcome.result === "absent") throw repositoryUnknown(name);
  return readRepository(context, found.id, name);
}

/** Deletes a repository with its manifests, tags and links to blobs. @throws HubError `not-found`, `denied` */
export async function deleteRepository(
  context: RegistryContext,
  actor: Principal,
  name: string,
): Promise<void> {
  const found = await requireRepository(context, actor, name, "admin");
  const audited = auditedAs(context, actor, found);
  const outcome = await changeRepository(
    context,
    { id: found.id, name: found.name },
    { type: "delete-repository", audited },
  );
  if (outcome.result === "absent") throw repositoryUnknown(name);
}

/** Who does something to a repository and when, for the log of its owner. */
export function auditedAs(
  { clock }: RegistryContext,
  actor: Principal,
  repository: FoundRepository,
): Audited {
  return { actor: actorOf(actor), log: logOf(repository), at: clock.now() };
}

/** The log that tells of a repository: its owner's. */
export function logOf({ standing }: FoundRepository): string {
  return standing.owner?.id ?? hubLog;
}

/** One answer for all of it: who may not know of the other repository does not learn what it is called now. */
export function nameTaken(name: string): HubError {
  return new HubError(
    "conflict",
    `the name "${name}" is not free: a repository has it, or had it before and is still found by it; choose another name, or release it there`,
  );
}

export function repositoryUnknown(name: string): RegistryError {
  return new RegistryError("NAME_UNKNOWN", `there is no repository ${name}`, {
    detail: { repository: name },
  });
}
