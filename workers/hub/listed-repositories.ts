import { sql, type RawBuilder } from "kysely";
import type { Badge, Row } from "../db/index.ts";
import { badgeOf } from "./badges.ts";
import type { HubContext } from "./context.ts";

/** A repository as a list of them shows it. */
export interface ListedRepository {
  id: number;
  name: string;
  description: string;
  /** Since it was made. */
  pulls: number;
  stars: number;
  /** Of its namespace. */
  badge: Badge | null;
  deprecated: boolean;
  /** Milliseconds since 1970. */
  createdAt: number;
}

/** A row of `listed`. */
export type ListedRow = Omit<ListedRepository, "deprecated"> & { deprecated: 0 | 1 };

/** The columns of a ListedRepository: of `r` (repositories), `c` (its counts) and `p` (its profile, which may be missing). */
export const listed = sql`r.id, r.name, coalesce(p.description, '') as description, c.pulls, c.stars,
    ${badgeOf("r")} as badge, p.deprecated_at is not null as deprecated, r.created_at as createdAt`;

export function toListed({ deprecated, ...row }: ListedRow): ListedRepository {
  return { ...row, deprecated: deprecated === 1 };
}

/** So many times the rows that are shown are looked at: what is deprecated or empty leaves room for others. */
const spare = 4;

/** Public repositories that are pulled more than they used to be, those first that are so the most. One statement. */
export async function listTrending(context: HubContext, limit: number): Promise<ListedRepository[]> {
  return listTop(context, limit, { from: topOf("trend", limit), order: sql`c.trend desc` });
}

/** Public repositories by all of their pulls. One statement. */
export async function listMostPulled(context: HubContext, limit: number): Promise<ListedRepository[]> {
  return listTop(context, limit, { from: topOf("pulls", limit), order: sql`c.pulls desc` });
}

/** The public repositories made last that have something in them. One statement. */
export async function listNewest(context: HubContext, limit: number): Promise<ListedRepository[]> {
  const from = sql`select id from repositories where visibility = 'public'
      order by created_at desc limit ${limit * spare}`;
  const order = sql`r.created_at desc, r.id desc`;
  return listTop(context, limit, {
    from,
    order,
    where: sql`exists (select 1 from tags where repository_id = r.id)`,
  });
}

/** An index has them in this order. */
function topOf(
  column: keyof Row<"repository_counts"> & ("trend" | "pulls"),
  limit: number,
): RawBuilder<unknown> {
  const by = sql.ref(column);
  return sql`select repository_id as id from repository_counts where listed = 1 and ${by} > 0
      order by ${by} desc limit ${limit * spare}`;
}

/** What is deprecated comes last. Visibility is asked of the repository itself: nothing private is shown by a count that is behind. */
async function listTop(
  { db }: HubContext,
  limit: number,
  {
    from,
    order,
    where = sql`true`,
  }: { from: RawBuilder<unknown>; order: RawBuilder<unknown>; where?: RawBuilder<unknown> },
): Promise<ListedRepository[]> {
  const found = await sql<ListedRow>`select ${listed} from (${from}) top
    cross join repositories r on r.id = top.id and r.visibility = 'public'
    join repository_counts c on c.repository_id = r.id
    left join repository_profiles p on p.repository_id = r.id
    where ${where} order by deprecated, ${order} limit ${limit}`.execute(db.query);
  return found.rows.map(toListed);
}
