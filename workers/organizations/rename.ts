import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import {
  actorOf,
  checkNamespaceName,
  nameIsFree,
  refuseName,
  requireOrganization,
  type SignedIn,
} from "../auth/index.ts";
import type { Row } from "../db/index.ts";
import { renameNamespace } from "../registry/index.ts";
import { HubError } from "../shared/errors.ts";
import { authorityOf } from "./authority.ts";
import type { OrganizationsContext } from "./context.ts";
import { fromRow, type Organization } from "./organizations.ts";

/** Each is kept from everybody else, so nobody gets hold of names by the hundred by renaming. */
const maximumOldNames = 20;

/**
 * Gives an organization another name, and all its repositories with it. The old name goes on leading to it: pulls by it work, and nobody
 * else can take it until it is released.
 *
 * @throws HubError `not-found`, `denied`; `invalid` when it cannot be called so; `conflict` when the name is not free; `too-many` when
 *   it would hold more than 20 old ones.
 */
export async function renameOrganization(
  context: OrganizationsContext,
  actor: SignedIn,
  name: string,
  newName: string,
): Promise<Organization> {
  const { db, clock, registry } = context;
  const { organization, role, holds } = await authorityOf(context, actor, name, "own");
  checkNamespaceName(newName);
  const { id, name: from } = organization;
  if (newName === from) return fromRow(organization, role);
  const others = sql<number>`(select count(*) from namespaces where owner_id = ${id} and name <> ${newName})`;
  const [renamed] = await renameNamespace(registry, from, newName, [
    db.query
      .updateTable("organizations")
      .set({ name: newName })
      .where("id", "=", id)
      .where("name", "=", from)
      .where(nameIsFree(context, newName, id))
      .where(others, "<=", maximumOldNames)
      .where(holds)
      .returningAll(),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: id,
      action: "organization.rename",
      target: newName,
      before: { name: from },
      after: { name: newName },
    }),
  ]);
  const [row] = (renamed?.rows ?? []) as Row<"organizations">[];
  if (row) return fromRow(row, role);
  const found = await requireOrganization(context.auth, actor, name, "own");
  const { rows } = await sql<{ held: number }>`select ${others} as held`.execute(db.query);
  if ((rows[0]?.held ?? 0) > maximumOldNames)
    throw new HubError(
      "too-many",
      `${from} holds ${maximumOldNames} old names, which is as many as an organization can; release one that nobody uses any more`,
    );
  if (found.organization.name === from) return refuseName(context, newName);
  throw new HubError("conflict", `somebody else has just given ${from} another name; look at it again`);
}
