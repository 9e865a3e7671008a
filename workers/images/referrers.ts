import { sql, type RawBuilder } from "kysely";
import type { PresentRepository } from "../auth/index.ts";
import type { Digest } from "../shared/digest.ts";
import type { ImagesContext } from "./context.ts";
import type { Carried } from "./facts.ts";
import { textsByName } from "./texts.ts";

/** A manifest that says something of another one. Nothing of it has been verified. */
export interface ReferrerRow {
  digest: Digest;
  mediaType: string;
  artifactType: string | null;
  /** Bytes of what it carries. */
  size: number;
  pushedAt: number;
  carries: Carried[];
  /** How it is known to belong there: it names its subject, by cosign's tag, or BuildKit put it into the index. */
  found: "subject" | "tag" | "index";
  annotations: Record<string, string>;
}

/** Of one digest; people attach a few. */
const maximumReferrers = 100;

/**
 * SQL for what refers to the manifests of `asked (repository_id, digest)`, a table expression of the query: rows of `repository_id`,
 * `digest` and `found`.
 *
 * - manifests with that subject (OCI Distribution Specification, "Listing Referrers");
 * - cosign's tags: `sha256-<hex>.sig`, `.att`, `.sbom`;
 * - attestations that BuildKit puts into an index, beside the image they are of: asked for the index, those of all its images.
 */
export function referrersOfAsked(): RawBuilder<unknown> {
  const tag = sql`replace(asked.digest, ':', '-')`;
  return sql`
    select asked.repository_id, referrer.digest, 'subject' as found from asked
      join manifests referrer on referrer.repository_id = asked.repository_id and referrer.subject = asked.digest
    union all
    select asked.repository_id, tags.digest, 'tag' from asked
      join tags on tags.repository_id = asked.repository_id and tags.name in (${tag} || '.sig', ${tag} || '.att', ${tag} || '.sbom')
    union all
    select asked.repository_id, child.value ->> 'digest', 'index' from asked
      join images around on around.repository_id = asked.repository_id and around.digest = asked.digest and around.kind = 'index'
      join json_each(around.children) child on child.value ->> 'attests' is not null
    union all
    select asked.repository_id, child.value ->> 'digest', 'index' from asked
      join manifest_references reference on reference.repository_id = asked.repository_id
        and reference.target = asked.digest and reference.kind = 'manifest'
      join images around on around.repository_id = asked.repository_id and around.digest = reference.manifest
      join json_each(around.children) child on child.value ->> 'attests' = asked.digest`;
}

/** What refers to a manifest, the newest first: a hundred at most. One statement; no blob is read. */
export async function listReferrersOf(
  { db }: ImagesContext,
  found: Pick<PresentRepository, "id">,
  digest: Digest,
): Promise<ReferrerRow[]> {
  const { rows } = await sql<{
    digest: Digest;
    media_type: string;
    artifact_type: string | null;
    size: number;
    pushed_at: number;
    carries: string | null;
    annotations: string | null;
    found: ReferrerRow["found"];
  }>`
    with asked (repository_id, digest) as (values (${found.id}, ${digest})),
    found as materialized (select digest, min(found) as found from (${referrersOfAsked()} limit ${10 * maximumReferrers}) group by digest)
    select manifests.digest, media_type, artifact_type, coalesce(images.size, 0) as size, pushed_at, carries,
      images.annotations, found.found
    from found
    join manifests on manifests.repository_id = ${found.id} and manifests.digest = found.digest
    left join images on images.repository_id = ${found.id} and images.digest = found.digest
    order by pushed_at desc, manifests.digest limit ${maximumReferrers}`.execute(db.query);
  return rows.map((row) => ({
    digest: row.digest,
    mediaType: row.media_type,
    artifactType: row.artifact_type,
    size: row.size,
    pushedAt: row.pushed_at,
    carries: JSON.parse(row.carries ?? "[]") as Carried[],
    found: row.found,
    annotations: textsByName(JSON.parse(row.annotations ?? "{}"), { entries: 50, length: 1000 }),
  }));
}
