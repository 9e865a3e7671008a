import { sql, type CompiledQuery, type RawBuilder } from "kysely";
import type { Database } from "../db/index.ts";
import { badgeOf } from "../hub/index.ts";
import { searchFacts } from "../images/index.ts";
import type { SearchContext } from "./context.ts";
import { documentOf, type RepositoryDocument, type SourceRow } from "./documents.ts";
import { stepOf } from "./popularity.ts";

/** The statement that gives `SourceRow`s. @param condition on `repositories`, and what order and limit there is */
export function selectSource(db: Database, condition: RawBuilder<unknown>): CompiledQuery<SourceRow> {
  return sql<SourceRow>`select repositories.id, repositories.name, repositories.visibility,
      coalesce(p.description, '') as description, coalesce(p.categories, '[]') as categories,
      ${badgeOf("repositories")} as badge, p.deprecated_at is not null as deprecated,
      ${stepOf("c.recent_pulls")} as recent, ${stepOf("c.pulls")} as pulls, ${stepOf("c.stars")} as stars,
      ${updatedAt("repositories")} as updatedAt
    from repositories join repository_counts c on c.repository_id = repositories.id
    left join repository_profiles p on p.repository_id = repositories.id
    ${condition}`.compile(db.query);
}

/** When something was last pushed to a row of `repositories`; when it was made, before that. */
export function updatedAt(table: string): RawBuilder<number> {
  const [id, made] = [sql.ref(`${table}.id`), sql.ref(`${table}.created_at`)];
  return sql<number>`coalesce((select max(moved_at) from tags where tags.repository_id = ${id}), ${made})`;
}

/** How many repositories one look at their images takes. */
const factsAtOnce = 100;

/** The documents of these rows, in their order. One statement for each hundred. */
export async function withFacts(
  { images }: Pick<SearchContext, "images">,
  rows: readonly SourceRow[],
): Promise<RepositoryDocument[]> {
  const slices: SourceRow[][] = [];
  for (let from = 0; from < rows.length; from += factsAtOnce)
    slices.push(rows.slice(from, from + factsAtOnce));
  const documents = await Promise.all(
    slices.map(async (slice) => {
      const ids = slice.map(({ id }) => id);
      const facts = await searchFacts(images, ids);
      return slice.map((row) => documentOf(row, facts.get(row.id)));
    }),
  );
  return documents.flat();
}
