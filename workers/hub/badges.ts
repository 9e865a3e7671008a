import { sql, type RawBuilder } from "kysely";
import { auditEntry, hubLog } from "../audit/index.ts";
import { actorOf, requireAdministrator, type SignedIn } from "../auth/index.ts";
import type { Badge } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import { HubError } from "../shared/errors.ts";
import type { HubContext } from "./context.ts";

export const badges = ["official", "verified"] as const satisfies readonly Badge[];

export interface BadgedNamespace {
  name: string;
  kind: "user" | "organization";
  badge: Badge;
  /** Milliseconds since 1970. */
  setAt: number;
}

interface Holder {
  id: string;
  name: string;
  badge: Badge | null;
}

/** Subquery for the badge of the namespace that a repository is in; NULL for none. @param table the name or alias of `repositories` */
export function badgeOf(table: string): RawBuilder<Badge | null> {
  return sql<Badge | null>`(select badge from namespace_badges where namespace_id = ${sql.ref(`${table}.owner_id`)})`;
}

/** Namespaces that have a badge, by name, behind `last`. */
export async function listBadges({ db }: HubContext, page: Page): Promise<BadgedNamespace[]> {
  const found = await sql<BadgedNamespace>`select * from (
      select u.name, 'user' as kind, b.badge, b.set_at as setAt from namespace_badges b join users u on u.id = b.namespace_id
      union all
      select o.name, 'organization', b.badge, b.set_at from namespace_badges b join organizations o on o.id = b.namespace_id
    ) where name > ${page.last} collate nocase order by name collate nocase limit ${page.limit}`.execute(
    db.query,
  );
  return found.rows;
}

/**
 * Says of a namespace that it is the hub's own work, or that it belongs to whom its name says. A namespace loses its badge with its name
 * (migrations/0013): what was looked at is the name.
 *
 * @throws HubError `denied` to everybody but administrators; `not-found`.
 */
export async function setBadge(
  context: HubContext,
  actor: SignedIn,
  namespace: string,
  badge: Badge,
): Promise<void> {
  requireAdministrator(actor);
  const { db, clock } = context;
  const holder = await findHolder(context, namespace);
  const now = clock.now();
  await db.batch([
    sql`insert into namespace_badges (namespace_id, badge, set_at) select ${holder.id}, ${badge}, ${now} where ${hasName(holder)}
      on conflict (namespace_id) do update set badge = excluded.badge, set_at = excluded.set_at
      where namespace_badges.badge <> excluded.badge`.compile(db.query),
    auditEntry(db, now, actorOf(actor), {
      log: hubLog,
      action: "namespace.badge",
      target: holder.name,
      before: { badge: holder.badge },
      after: { badge },
    }),
  ]);
}

/** @throws HubError `denied` to everybody but administrators; `not-found`, also when it has none. */
export async function removeBadge(context: HubContext, actor: SignedIn, namespace: string): Promise<void> {
  requireAdministrator(actor);
  const { db, clock } = context;
  const holder = await findHolder(context, namespace);
  const [removed] = await db.batch([
    db.query.deleteFrom("namespace_badges").where("namespace_id", "=", holder.id),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: hubLog,
      action: "namespace.badge",
      target: holder.name,
      before: { badge: holder.badge },
      after: { badge: null },
    }),
  ]);
  if (removed?.numAffectedRows === 0n) throw new HubError("not-found", `"${holder.name}" has no badge`);
}

/** By its present name: an old one says nothing of who has it now. */
async function findHolder({ db }: HubContext, namespace: string): Promise<Holder> {
  const found = await sql<Holder>`select holder.id, holder.name, b.badge from (
      select id, name from users where name = ${namespace}
      union all select id, name from organizations where name = ${namespace}
    ) holder left join namespace_badges b on b.namespace_id = holder.id`.execute(db.query);
  const [holder] = found.rows;
  if (!holder)
    throw new HubError("not-found", `there is no user and no organization "${namespace.slice(0, 64)}"`, {
      detail: { field: "namespace" },
    });
  return holder;
}

/** Still, where the statement runs. */
function hasName({ id, name }: Holder): RawBuilder<boolean> {
  return sql<boolean>`(exists (select 1 from users where id = ${id} and name = ${name})
    or exists (select 1 from organizations where id = ${id} and name = ${name}))`;
}
