import { sql } from "kysely";
import type { PresentRepository } from "../auth/index.ts";
import type { Digest } from "../shared/digest.ts";
import type { ImagesContext } from "./context.ts";

/** What an image is built on, as its layers tell. */
export interface Base {
  /** A public repository. */
  repository: string;
  /** The tag of it that names the base, the one that was pushed last. */
  tag: string;
  digest: Digest;
  /** How many layers of the image are the base's. */
  layers: number;
  /** Public repositories with an image of exactly the base's layers, this one among them: counted up to a hundred. */
  alike: number;
}

export interface Origin {
  /** undefined: no public repository has an image that this one begins with. */
  base: Base | undefined;
  /** Other public repositories with an image of exactly these layers: counted up to a hundred. */
  alike: number;
}

/** Repositories that are looked at for one with a tag: of each number of layers in common the oldest. */
const maximumAlikeCandidates = 200;
/** And of all numbers, the largest first: more than anybody has who would be the base of what is not built on theirs. */
const maximumCandidates = 2000;

const maximumAlike = 100;

/**
 * Where the layers of an image come from: of all tags in public repositories whose images it begins with, one that has the most layers in
 * common with it; of several, one of an official or verified namespace, then the most pulled. Those of strangers come after all of the
 * image's own namespace and of official and verified ones: anybody can push the first layers of a well-known image, or only say that
 * theirs has them, and would stand on its page as what to build on. One statement. Private repositories are not asked, whoever looks.
 *
 * @param digest of an image, not of an index
 */
export async function originOf(
  { db }: ImagesContext,
  found: Pick<PresentRepository, "id">,
  digest: Digest,
): Promise<Origin> {
  const { rows } = await sql<{
    alike: number;
    name: string | null;
    tag: string | null;
    digest: Digest | null;
    depth: number | null;
    base_alike: number | null;
  }>`
    with mine as materialized (
      select depth, chain, whole from image_chains where repository_id = ${found.id} and digest = ${digest}
    ),
    candidate as materialized (
      select mine.depth, mine.chain, owner.repository_id from (select * from mine where whole = 0 order by depth desc) mine
      cross join repository_chains owner on owner.chain = mine.chain and owner.whole = 1 and owner.public = 1
        and owner.repository_id in (select repository_id from repository_chains alike
          where alike.chain = mine.chain and alike.whole = 1 and alike.public = 1 and alike.repository_id <> ${found.id}
          order by alike.repository_id limit ${maximumAlikeCandidates})
      order by mine.depth desc, owner.repository_id limit ${maximumCandidates}
    ),
    tagged as materialized (
      select candidate.depth, candidate.repository_id, candidate.chain, (
        select json_object('name', tags.name, 'digest', image.digest) from image_chains image
        join tags on tags.repository_id = image.repository_id and tags.digest in (
          select image.digest union all select manifest from manifest_references
            where repository_id = image.repository_id and target = image.digest)
        where image.chain = candidate.chain and image.repository_id = candidate.repository_id and image.whole = 1
        order by tags.moved_at desc, tags.name desc limit 1) as tag
      from candidate
    ),
    base as (
      select repositories.name, tagged.tag ->> 'name' as tag, tagged.tag ->> 'digest' as digest, tagged.depth, tagged.chain
      from tagged
      join repositories on repositories.id = tagged.repository_id and repositories.visibility = 'public'
      left join namespace_badges badge on badge.namespace_id = repositories.owner_id
      left join repository_counts counts on counts.repository_id = repositories.id
      where tagged.tag is not null
      order by badge.badge is not null
          or coalesce(repositories.owner_id = (select owner_id from repositories where id = ${found.id}), 0) desc,
        tagged.depth desc, case badge.badge when 'official' then 0 when 'verified' then 1 else 2 end,
        coalesce(counts.pulls, 0) desc, repositories.id limit 1
    )
    select (select count(*) from (select 1 from mine join repository_chains other
        on other.chain = mine.chain and other.whole = 1 and other.public = 1 and other.repository_id <> ${found.id}
        where mine.whole = 1 limit ${maximumAlike})) as alike, base.name, base.tag, base.digest, base.depth,
      (select count(*) from (select 1 from repository_chains other
        where other.chain = base.chain and other.whole = 1 and other.public = 1 limit ${maximumAlike})) as base_alike
    from (select 1) left join base`.execute(db.query);
  const [row] = rows;
  const { name, tag, digest: of, depth, base_alike } = row ?? {};
  return {
    base:
      name && tag && of && depth
        ? { repository: name, tag, digest: of, layers: depth, alike: base_alike ?? 0 }
        : undefined,
    alike: row?.alike ?? 0,
  };
}
