import { sql } from "kysely";
import type { ImagesContext } from "./context.ts";
import type { Carried } from "./facts.ts";
import { referrersOfAsked } from "./referrers.ts";

/** What a repository can be found by. */
export interface SearchFacts {
  platforms: { os: string; architecture: string }[];
  /** Somebody attached a signature to it; nobody verified it. */
  signed: boolean;
  sbom: boolean;
  /** When a tag was pushed last, in milliseconds since 1970; null: there is none. */
  pushedAt: number | null;
}

/** Of each repository the tags that were pushed last count; those before say what it once was. */
const newestTags = 50;

/**
 * What is in these repositories, whoever may see them: by the fifty tags of each that were pushed last. One statement, for a hundred
 * repositories at most. One that is not there is not in the map.
 */
export async function searchFacts(
  { db }: Pick<ImagesContext, "db">,
  repositoryIds: readonly number[],
): Promise<Map<number, SearchFacts>> {
  const { rows } = await sql<{
    id: number;
    pushed_at: number | null;
    platforms: string;
    carries: string;
  }>`
    with wanted as materialized (
      select id from repositories where id in (select value from json_each(${JSON.stringify(repositoryIds.slice(0, 100))}))
    ),
    named as materialized (
      select distinct tags.repository_id, tags.digest from wanted
      join tags on tags.repository_id = wanted.id and tags.name in (
        select name from tags newest where newest.repository_id = wanted.id order by newest.moved_at desc limit ${newestTags})
    ),
    asked as materialized (
      select repository_id, digest from named
      union
      select named.repository_id, reference.target from named
      join manifest_references reference on reference.repository_id = named.repository_id
        and reference.manifest = named.digest and reference.kind = 'manifest'
    ),
    platform as materialized (
      select distinct asked.repository_id, os, architecture from asked
      join images on images.repository_id = asked.repository_id and images.digest = asked.digest
      where images.kind = 'image' and os <> '' and architecture <> ''
    ),
    carried as materialized (
      select distinct referrer.repository_id, carried.value as kind from (${referrersOfAsked()}) referrer
      join images on images.repository_id = referrer.repository_id and images.digest = referrer.digest
      join json_each(images.carries) carried
    )
    select id, (select max(moved_at) from tags where repository_id = id) as pushed_at,
      (select json_group_array(json_object('os', os, 'architecture', architecture)) from platform where repository_id = id) as platforms,
      (select json_group_array(kind) from carried where repository_id = id) as carries
    from wanted`.execute(db.query);
  return new Map(
    rows.map(({ id, pushed_at, platforms, carries }) => {
      const carried = JSON.parse(carries) as Carried[];
      const facts = {
        platforms: JSON.parse(platforms) as SearchFacts["platforms"],
        signed: carried.includes("signature"),
        sbom: carried.includes("sbom"),
        pushedAt: pushed_at,
      };
      return [id, facts];
    }),
  );
}
