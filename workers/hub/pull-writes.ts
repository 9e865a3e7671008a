import { sql, type CompiledQuery } from "kysely";
import type { Database } from "../db/index.ts";
import type { UnwrittenDay } from "./pull-ledger.ts";

/**
 * Writes what has been counted of a day. All numbers are those of the whole day, so the same ones can be written again and again: none is
 * added twice. Days are written in their order.
 *
 * @returns false when the repository is gone.
 */
export async function writePulls(
  db: Database,
  repositoryId: number,
  counted: UnwrittenDay,
): Promise<boolean> {
  const [found] = await db.batch([
    db.query.selectFrom("repositories").select("id").where("id", "=", repositoryId),
    dayStatement(db, repositoryId, counted),
    manifestsStatement(db, repositoryId, counted),
  ]);
  return found?.rows.length === 1;
}

function dayStatement(
  db: Database,
  repositoryId: number,
  { day, pulls, clients }: UnwrittenDay,
): CompiledQuery {
  return sql`insert into pull_days (repository_id, day, pulls, clients)
      select id, ${day}, ${pulls}, ${clients} from repositories where id = ${repositoryId}
      on conflict do update set pulls = max(pulls, excluded.pulls), clients = max(clients, excluded.clients)`.compile(
    db.query,
  );
}

/** Manifests that were deleted since have no counts. */
function manifestsStatement(
  db: Database,
  repositoryId: number,
  { day, manifests }: UnwrittenDay,
): CompiledQuery {
  const known = sql`iif(excluded.day = manifest_pulls.day, manifest_pulls.day_pulls, 0)`;
  return sql`insert into manifest_pulls (repository_id, digest, pulls, last_pulled_at, day, day_pulls)
      select m.repository_id, m.digest, value ->> 'pulls', value ->> 'lastPulledAt', ${day}, value ->> 'pulls'
      from json_each(${JSON.stringify(manifests)}) join manifests m on m.repository_id = ${repositoryId} and m.digest = value ->> 'digest'
      where true
      on conflict do update set
        pulls = manifest_pulls.pulls + iif(excluded.day < manifest_pulls.day, 0, max(0, excluded.day_pulls - ${known})),
        day_pulls = iif(excluded.day < manifest_pulls.day, manifest_pulls.day_pulls, max(excluded.day_pulls, ${known})),
        day = max(excluded.day, manifest_pulls.day),
        last_pulled_at = max(excluded.last_pulled_at, manifest_pulls.last_pulled_at)`.compile(db.query);
}
