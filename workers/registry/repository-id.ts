import { sql, type RawBuilder } from "kysely";
import { namespaceOf } from "../auth/index.ts";

/** A repository and what it was called when it was looked up. */
export interface NamedRepository {
  id: number;
  name: string;
}

/** Subquery for the id of the repository that has this name now; NULL when there is none. */
export function repositoryId(name: string): RawBuilder<number> {
  return sql<number>`(select id from repositories where name = ${name})`;
}

/** Subquery for a repository's id, NULL once it has another name or is gone: so nothing is written under an old name. */
export function stillNamed({ id, name }: NamedRepository): RawBuilder<number> {
  return sql<number>`(select id from repositories where id = ${id} and name = ${name})`;
}

/**
 * Subquery for the id of the repository that a name leads to: its present name, an old one, or one below an old name of its namespace;
 * NULL when there is none. What follows the first look-up costs something only where that found nothing.
 */
export function ledTo(name: string): RawBuilder<number> {
  const namespace = namespaceOf(name);
  const present = sql`(select coalesce(
      (select name from users where id = owner_id), (select name from organizations where id = owner_id)
    ) || ${name.slice(namespace.length)} from namespaces where name = ${namespace})`;
  return sql<number>`coalesce(
    (select id from repositories where name = ${name}),
    (select repository_id from repository_redirects where name = ${name}),
    (select id from repositories where name = ${present}),
    (select repository_id from repository_redirects where name = ${present}))`;
}
