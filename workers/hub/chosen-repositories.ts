import { sql } from "kysely";
import type { HubContext } from "./context.ts";
import { listed, toListed, type ListedRepository, type ListedRow } from "./listed-repositories.ts";

/** Public repositories of namespaces that the hub vouches for as its own work, the most pulled first. One statement. */
export async function listOfficial({ db }: HubContext, limit: number): Promise<ListedRepository[]> {
  const found = await sql<ListedRow>`select ${listed} from namespace_badges b
    join repositories r on r.owner_id = b.namespace_id and r.visibility = 'public'
    join repository_counts c on c.repository_id = r.id
    left join repository_profiles p on p.repository_id = r.id
    where b.badge = 'official' and p.deprecated_at is null
    order by c.recent_pulls desc, c.pulls desc, r.name limit ${limit}`.execute(db.query);
  return found.rows.map(toListed);
}

/** What administrators chose for the start page, in their order: those that are public now. One statement. */
export async function listFeaturedRepositories({ db }: HubContext): Promise<ListedRepository[]> {
  const found = await sql<ListedRow>`select ${listed} from featured_repositories f
    join repositories r on r.id = f.repository_id and r.visibility = 'public'
    join repository_counts c on c.repository_id = r.id
    left join repository_profiles p on p.repository_id = r.id
    order by f.position`.execute(db.query);
  return found.rows.map(toListed);
}
