import { exportEntries, listEntries, type Entry, type EntryFilter } from "../audit/index.ts";
import { requireOrganization, requireScope, type SignedIn, type User } from "../auth/index.ts";
import type { OrganizationsContext } from "./context.ts";

/** Entries before the one with the id `before` (0: from the newest), at most `limit`. */
export interface LogPage {
  before: number;
  limit: number;
}

/** What happened in an organization, the newest first; for its owners. @throws HubError `not-found`, `denied`. */
export async function readOrganizationLog(
  { db, auth }: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  filter: EntryFilter,
  page: LogPage,
): Promise<Entry[]> {
  const { organization } = await requireOrganization(auth, actor, organizationName, "audit");
  return listEntries(db, organization.id, filter, page);
}

/** All of it as JSON lines. @throws HubError `not-found`, `denied`. */
export async function exportOrganizationLog(
  { db, auth }: OrganizationsContext,
  actor: SignedIn,
  organizationName: string,
  filter: EntryFilter,
): Promise<ReadableStream<Uint8Array>> {
  const { organization } = await requireOrganization(auth, actor, organizationName, "audit");
  return exportEntries(db, organization.id, filter);
}

/** What happened to one's own account, the newest first. @throws HubError `denied` with a token without the scope `account`. */
export async function readOwnLog(
  { db }: OrganizationsContext,
  actor: User,
  filter: EntryFilter,
  page: LogPage,
): Promise<Entry[]> {
  requireScope(actor, "account");
  return listEntries(db, actor.id, filter, page);
}

/** All of it as JSON lines. @throws HubError as `readOwnLog`. */
export function exportOwnLog(
  { db }: OrganizationsContext,
  actor: User,
  filter: EntryFilter,
): ReadableStream<Uint8Array> {
  requireScope(actor, "account");
  return exportEntries(db, actor.id, filter);
}
