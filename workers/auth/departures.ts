import { sql, type CompiledQuery, type RawBuilder } from "kysely";
import { auditEach } from "../audit/index.ts";
import type { Database } from "../db/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { SignedIn } from "./access.ts";
import { actorOf } from "./actor.ts";

/**
 * The statement that tells the log of each organization that somebody leaves it because their account goes. It stands in front of the
 * one that deletes them, in the same batch.
 *
 * @param condition of the deletion: without it nobody leaves.
 */
export function departures(
  { db, clock }: { db: Database; clock: Clock },
  actor: SignedIn,
  userId: string,
  condition: RawBuilder<unknown>,
): CompiledQuery {
  return auditEach(db, clock.now(), actorOf(actor), {
    log: sql<string>`organization`,
    action: actor.kind === "user" && actor.id === userId ? "member.leave" : "member.remove",
    rows: sql`select m.organization_id as organization, u.name as target, json_object('role', m.role, 'teams',
        (select json_group_array(t.name) from team_members tm join teams t on t.id = tm.team_id
          where tm.organization_id = m.organization_id and tm.user_id = m.user_id)) as before,
        json_object('account', 'deleted') as after
      from organization_members m join users u on u.id = m.user_id where m.user_id = ${userId} and ${condition}`,
  });
}
