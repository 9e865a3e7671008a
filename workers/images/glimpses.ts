import { sql } from "kysely";
import type { ImagesContext } from "./context.ts";
import type { HoldLayer } from "./facts.ts";

/** What a list shows of what is inside a repository: of the image that one gets without saying more. */
export interface Glimpse {
  tag: string;
  /** The layers of one platform's image, as the hold shows them; none before it was described. */
  hold: HoldLayer[];
  /** Bytes of that image, compressed; 0 before it was described. */
  size: number;
  /** When a tag was last moved, in milliseconds since 1970. */
  updatedAt: number;
}

interface GlimpseRow {
  id: number;
  tag: string;
  hold: string | null;
  size: number | null;
  updated_at: number;
}

/**
 * Looks into repositories, a hundred at most: `latest`, or else what was pushed last; of several platforms linux/amd64, or else the
 * first. Repositories without a tag are left out. One statement.
 *
 * @param repositoryIds of repositories that the reader may pull from
 */
export async function glance(
  { db }: Pick<ImagesContext, "db">,
  repositoryIds: readonly number[],
): Promise<Map<number, Glimpse>> {
  if (repositoryIds.length === 0) return new Map();
  const found = await sql<GlimpseRow>`
    select lead.repository_id as id, lead.name as tag, coalesce(child.hold, image.hold) as hold,
      coalesce(child.size, image.size) as size,
      (select max(moved_at) from tags where repository_id = lead.repository_id) as updated_at
    from json_each(${JSON.stringify(repositoryIds.slice(0, 100))}) wanted
    join tags lead on lead.repository_id = wanted.value and lead.name = coalesce(
      (select name from tags where repository_id = wanted.value and name = 'latest'),
      (select name from tags where repository_id = wanted.value order by moved_at desc limit 1))
    left join images image on image.repository_id = lead.repository_id and image.digest = lead.digest
    left join images child on image.kind = 'index' and child.repository_id = lead.repository_id
      and child.kind = 'image' and child.digest = (
        select value ->> 'digest' from json_each(image.children) where value ->> 'attests' is null
        order by value ->> 'os' = 'linux' and value ->> 'architecture' = 'amd64' desc, key limit 1)`.execute(
    db.query,
  );
  return new Map(
    found.rows.map(({ id, tag, hold, size, updated_at: updatedAt }) => [
      id,
      { tag, hold: readHold(hold ?? "[]"), size: size ?? 0, updatedAt },
    ]),
  );
}

function readHold(json: string): HoldLayer[] {
  return (JSON.parse(json) as [string, number][]).map(([digest, size]) => ({ digest, size }));
}
