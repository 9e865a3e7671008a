import { granted, inPatterns, type Viewer } from "../auth/index.ts";
import type { Page } from "../platform/pagination.ts";
import type { RegistryContext } from "./context.ts";
import type { Repository } from "./repositories.ts";

/**
 * Repositories that somebody has a right to which rests on more than their being public, by name, behind `page.last`. With a token for
 * some of them a page may hold fewer than there are.
 *
 * @param filter.owner id of the user or organization in whose namespace they are
 */
export async function listGrantedRepositories(
  { db, clock }: RegistryContext,
  viewer: Viewer,
  filter: { owner?: string | undefined; namespace?: string | undefined },
  page: Page,
): Promise<Repository[]> {
  const { owner, namespace } = filter;
  let query = db.query
    .selectFrom("repositories")
    .select(["id", "name", "visibility", "created_at as createdAt"])
    .where("name", ">", page.last)
    .where(granted(viewer, "repositories", clock.now()));
  if (owner !== undefined) query = query.where("owner_id", "=", owner);
  // "/" is followed by "0": everything that starts with `namespace/`.
  if (namespace !== undefined)
    query = query.where("name", ">=", `${namespace}/`).where("name", "<", `${namespace}0`);
  const rows = await query.orderBy("name").limit(page.limit).execute();
  return rows.filter(({ name }) => inPatterns(viewer, name));
}
