import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf, type SignedIn } from "../auth/index.ts";
import type { RepositoryCreation, Row, Visibility } from "../db/index.ts";
import { day } from "../platform/clock.ts";
import { HubError } from "../shared/errors.ts";
import { authorityOf } from "./authority.ts";
import type { OrganizationsContext } from "./context.ts";
import { fromRow, type Organization } from "./organizations.ts";

/** What is left out stays as it is. */
export interface Settings {
  displayName?: string | undefined;
  requireTwoFactor?: boolean | undefined;
  /** Milliseconds; null: access tokens of any age. */
  maximumTokenAge?: number | null | undefined;
  repositoryCreation?: RepositoryCreation | undefined;
  defaultVisibility?: Visibility | undefined;
}

type Columns = Partial<
  Pick<
    Row<"organizations">,
    "display_name" | "require_two_factor" | "maximum_token_age" | "repository_creation" | "default_visibility"
  >
>;

/**
 * Changes what an organization is called by people, and its policy. The policy holds from the next request on.
 *
 * @throws HubError `not-found`, `denied`; `invalid` for an age of no whole day; `conflict` when two-factor authentication would be
 *   required by somebody without it, who would lock themselves out.
 */
export async function changeSettings(
  context: OrganizationsContext,
  actor: SignedIn,
  name: string,
  settings: Settings,
): Promise<Organization> {
  const { db, clock } = context;
  const { organization, role, holds, refuse } = await authorityOf(context, actor, name, "policy");
  const wanted = columnsOf(settings);
  const changed = Object.keys(wanted).filter(
    (column) => wanted[column as keyof Columns] !== organization[column as keyof Columns],
  ) as (keyof Columns)[];
  if (changed.length === 0) return fromRow(organization, role);
  if (changed.includes("require_two_factor") && wanted.require_two_factor === 1) refuseWithoutFactor(actor);
  const [before, after] = [pick(organization, changed), pick(wanted, changed)];
  const [updated] = await db.batch([
    changed.reduce(
      (query, column) => query.where(sql<boolean>`${sql.ref(column)} is ${before[column]}`),
      db.query
        .updateTable("organizations")
        .set(after)
        .where("id", "=", organization.id)
        .where(holds)
        .returningAll(),
    ),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: organization.id,
      action: "organization.settings",
      target: organization.name,
      before,
      after,
    }),
  ]);
  const [row] = (updated?.rows ?? []) as Row<"organizations">[];
  const meanwhile = `somebody else changed the settings of ${organization.name} at the same moment; look at them again`;
  return row ? fromRow(row, role) : refuse(new HubError("conflict", meanwhile));
}

function columnsOf({ requireTwoFactor, maximumTokenAge, ...rest }: Settings): Columns {
  if (
    typeof maximumTokenAge === "number" &&
    (maximumTokenAge < day || !Number.isInteger(maximumTokenAge / day))
  )
    throw new HubError(
      "invalid",
      `${maximumTokenAge} ms is no maximum age of access tokens; it is 1 or more whole days`,
    );
  const columns = {
    display_name: rest.displayName,
    require_two_factor: requireTwoFactor === undefined ? undefined : requireTwoFactor ? 1 : 0,
    maximum_token_age: maximumTokenAge,
    repository_creation: rest.repositoryCreation,
    default_visibility: rest.defaultVisibility,
  } as const;
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined)) as Columns;
}

/** A token of the organization has no second factor, and its owners may have none either. */
function refuseWithoutFactor(actor: SignedIn): void {
  if (actor.kind === "machine" || !actor.twoFactor)
    throw new HubError(
      "conflict",
      `${actor.name} has no two-factor authentication, and would be locked out; set it up first, then require it of the others`,
    );
}

function pick(columns: Columns, names: readonly (keyof Columns)[]): Columns {
  return Object.fromEntries(names.map((name) => [name, columns[name]])) as Columns;
}
