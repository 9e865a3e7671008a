import { sql, type CompiledQuery, type RawBuilder } from "kysely";
import type { Database } from "../db/index.ts";

/**
 * When a namespace gets another name, the scopes of its robots, of its organization's tokens and of its rules for CI speak of it by the new
 * one: they go on working where they did. Access tokens of people stay as they wrote them.
 *
 * @param owner a subquery for the id of whose namespace it is; NULL when it was not renamed
 */
export function machineScopesFollow(
  { query }: Database,
  owner: RawBuilder<unknown>,
  oldName: string,
  newName: string,
): CompiledQuery[] {
  const old = `repository:${oldName}/`;
  const moved = sql`(select json_group_array(
      case when substr(value, 1, ${old.length}) = ${old}
        then ${`repository:${newName}/`} || substr(value, ${old.length + 1}) else value end)
    from json_each(scopes))`;
  return [
    sql`update access_tokens set scopes = ${moved} where kind <> 'personal' and revoked_at is null
      and (user_id = ${owner} or organization_id = ${owner})`,
    sql`update federation_rules set scopes = ${moved} where coalesce(user_id, organization_id) = ${owner}`,
  ].map((statement) => statement.compile(query));
}
