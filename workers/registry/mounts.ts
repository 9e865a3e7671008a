import { sql, type SqlBool } from "kysely";
import { granted, type MountSource } from "../auth/index.ts";
import type { Digest } from "../shared/digest.ts";
import type { RegistryContext } from "./context.ts";
import { makeByPush, underName } from "./new-repository.ts";

/** How many repositories are tried for a mount that names none: those of the newest repositories that have the blob. */
const candidates = 50;

export interface MountRequest {
  /** Where the blob shall be; the caller may push there. */
  repository: string;
  /** `Access.subject` of the caller. */
  subject: string;
  digest: Digest;
  /** The repository that has it; undefined: any one that the caller may read. */
  from?: string | undefined;
  /** What the caller's right to pull from a repository rests on, or undefined. */
  mayRead: (repository: string) => MountSource | undefined;
}

/**
 * Links a blob that is in a repository the caller may read (OCI Distribution Specification, "Mounting a blob from another repository").
 * Source, visibility and link are looked at and written in one transaction.
 *
 * @returns false when there is no such source: absent, or not for this caller, which is the same to them. Start an upload then.
 * @throws RegistryError DENIED under the old name of another repository.
 */
export async function mountBlob(context: RegistryContext, request: MountRequest): Promise<boolean> {
  const { from } = request;
  if (from !== undefined) return mountFirst(context, request, [from]);
  return mountFirst(context, request, await sourcesOf(context, request.digest));
}

async function mountFirst(
  { db, clock }: RegistryContext,
  { repository, subject, digest, mayRead }: MountRequest,
  names: string[],
): Promise<boolean> {
  const now = clock.now();
  const sources = names.flatMap((name) => {
    const right = mayRead(name);
    return right ? [{ name, right }] : [];
  });
  if (sources.length === 0) return false;
  // Rights of the token itself are for this name; those of its viewer are looked up. All sources have the same viewer.
  const viewer = sources.map(({ right }) => ("viewer" in right ? right.viewer : undefined)).find(Boolean);
  const listed = sources.map(({ name, right }) => ({
    name,
    by: "viewer" in right ? "viewer" : right.publicOnly ? "" : "token",
  }));
  const looked = viewer ? granted(viewer, "source", now) : sql`0`;
  const source = sql<SqlBool>`exists (select 1 from json_each(${JSON.stringify(listed)}) listed
      join repositories source on source.name = listed.value ->> 'name'
      join repository_blobs link on link.repository_id = source.id and link.digest = ${digest}
      where source.visibility = 'public' or listed.value ->> 'by' = 'token'
        or (listed.value ->> 'by' = 'viewer' and ${looked}))`;
  const statements = [
    // A repository exists from its first push on, and a mount is one.
    ...makeByPush(db, { name: repository, subject, at: now }, source),
    sql`insert into repository_blobs (repository_id, digest, linked_at)
        select id, ${digest}, ${now} from repositories where name = ${repository} and ${source}
        on conflict (repository_id, digest) do update set linked_at = max(linked_at, excluded.linked_at)`.compile(
      db.query,
    ),
  ];
  const [, , linked] = await underName(db, repository, now, () => db.batch(statements));
  return (linked?.numAffectedRows ?? 0n) > 0n;
}

/** Names of repositories that have the blob, the newest first. */
async function sourcesOf({ db }: RegistryContext, digest: Digest): Promise<string[]> {
  const rows = await db.query
    .selectFrom("repository_blobs")
    .innerJoin("repositories", "repositories.id", "repository_blobs.repository_id")
    .select("repositories.name")
    .where("repository_blobs.digest", "=", digest)
    .orderBy("repository_blobs.repository_id", "desc")
    .limit(candidates)
    .execute();
  return rows.map((row) => row.name);
}
