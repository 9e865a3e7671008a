import type { Page } from "../platform/pagination.ts";
import type { Digest } from "../shared/digest.ts";
import type { RegistryContext } from "./context.ts";
import { ledTo } from "./repository-id.ts";

/** A descriptor in a list of referrers (OCI Distribution Specification, "Listing Referrers"). */
export interface Referrer {
  mediaType: string;
  digest: Digest;
  size: number;
  artifactType?: string;
  annotations?: Record<string, string>;
}

/**
 * Manifests of a repository whose subject is this digest, whether or not the subject itself is there, in order of digest.
 *
 * @param artifactType only those of this type.
 */
export async function listReferrers(
  { db }: RegistryContext,
  repository: string,
  subject: Digest,
  page: Page & { artifactType: string | undefined },
): Promise<{ referrers: Referrer[]; next: Digest | undefined; public: boolean }> {
  const rows = await db.query
    .selectFrom("repositories")
    .leftJoin("manifests", (join) => {
      const ofSubject = join
        .onRef("manifests.repository_id", "=", "repositories.id")
        .on("manifests.subject", "=", subject)
        .on("manifests.digest", ">", page.last as Digest);
      return page.artifactType === undefined
        ? ofSubject
        : ofSubject.on("manifests.artifact_type", "=", page.artifactType);
    })
    .where("repositories.id", "=", ledTo(repository))
    .select([
      "repositories.visibility",
      "manifests.media_type",
      "manifests.digest",
      "manifests.size",
      "manifests.artifact_type",
      "manifests.annotations",
    ])
    .orderBy("manifests.digest")
    .limit(page.limit + 1)
    .execute();
  const referrers = rows.flatMap((row): Referrer[] => {
    if (row.digest === null || row.media_type === null || row.size === null) return [];
    const annotations = JSON.parse(row.annotations ?? "{}") as Record<string, string>;
    return [
      {
        mediaType: row.media_type,
        digest: row.digest,
        size: row.size,
        ...(row.artifact_type ? { artifactType: row.artifact_type } : {}),
        ...(Object.keys(annotations).length ? { annotations } : {}),
      },
    ];
  });
  const shown = referrers.slice(0, page.limit);
  return {
    referrers: shown,
    next: referrers.length > page.limit ? shown.at(-1)?.digest : undefined,
    public: rows[0]?.visibility === "public",
  };
}
