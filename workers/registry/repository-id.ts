import { sql, type RawBuilder } from "kysely";
import type { Database } from "../db/index.ts";

/** Subquery for a repository's id; matches nothing when there is no such repository. */
export function repositoryId(db: Database, name: string): RawBuilder<number> {
  return sql<number>`(${db.query.selectFrom("repositories").select("id").where("name", "=", name)})`;
}
