import { sql } from "kysely";
import { inPatterns, openPlace, readable, sealPlace, viewerOf, type User } from "../auth/index.ts";
import type { Visibility } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import type { HubContext } from "./context.ts";
import { listed, toListed, type ListedRepository, type ListedRow } from "./listed-repositories.ts";
import { cut, readKey } from "./stars.ts";

interface StarredRepository extends ListedRepository {
  visibility: Visibility;
  /** Milliseconds since 1970. */
  starredAt: number;
}

/**
 * What somebody starred, the latest first: of it, what they may pull from now, and their token is for. A page may so be shorter than asked
 * for.
 *
 * @param page `last` is a `next` of this function
 * @throws HubError `invalid` when it is not.
 */
export async function listStars(
  { db, clock, auth }: HubContext,
  actor: User,
  { limit, last }: Page,
): Promise<{ repositories: StarredRepository[]; next: string | undefined }> {
  const viewer = viewerOf(actor);
  if (!viewer) return { repositories: [], next: undefined };
  const { at, key } = readKey(await openPlace(auth, "stars", last));
  const found = await sql<ListedRow & Pick<StarredRepository, "visibility" | "starredAt"> & { key: number }>`
    select ${listed}, r.visibility, s.starred_at as starredAt, s.repository_id as key
    from stars s join repositories r on r.id = s.repository_id
    join repository_counts c on c.repository_id = r.id
    left join repository_profiles p on p.repository_id = r.id
    where s.user_id = ${actor.id} and (s.starred_at, s.repository_id) < (${at}, ${Number(key) || 0})
      and ${readable(viewer, "r", clock.now())}
    order by s.starred_at desc, s.repository_id desc limit ${limit + 1}`.execute(db.query);
  const { shown, next } = cut(found.rows, limit);
  const repositories = shown
    .filter(({ name, visibility }) => visibility === "public" || inPatterns(viewer, name))
    .map((row) => ({ ...row, ...toListed(row) }));
  return { repositories, next: next === undefined ? undefined : await sealPlace(auth, "stars", next) };
}
