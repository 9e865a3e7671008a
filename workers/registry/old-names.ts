import { decide, namespaceOf, requireRepository, standingsOf, type Principal } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import type { Page } from "../platform/pagination.ts";
import type { RegistryContext } from "./context.ts";
import { auditedAs, changeRepository } from "./repositories.ts";

/** A name that a repository had before, and is still found by. */
export interface OldName {
  name: string;
  /** Since when it is an old one, in milliseconds since 1970. */
  since: number;
}

/** Old names of a repository, by name, for who administers it. @throws HubError `not-found`, `denied` */
export async function listOldNames(
  context: RegistryContext,
  actor: Principal,
  name: string,
  page: Page,
): Promise<OldName[]> {
  const { id } = await requireRepository(context, actor, name, "admin");
  return context.db.query
    .selectFrom("repository_redirects")
    .select(["name", "since"])
    .where("repository_id", "=", id)
    .where("name", ">", page.last)
    .orderBy("name")
    .limit(page.limit)
    .execute();
}

/**
 * Lets go of an old name: it leads nowhere from the next request on, and some minutes later a new repository can have it. For who
 * administers the repository, or owns the namespace that the name is in.
 *
 * @throws HubError `not-found` to everybody else, as when there is no such name.
 */
export async function releaseOldName(
  context: RegistryContext,
  actor: Principal,
  oldName: string,
): Promise<void> {
  const nobodys = `${namespaceOf(oldName)}/.`;
  const redirect = await context.db.query
    .selectFrom("repository_redirects")
    .select("repository_id")
    .where("name", "=", oldName)
    .executeTakeFirst();
  const standings = await standingsOf(context, actor, [oldName, nobodys]);
  const [target, place] = [standings.get(oldName), standings.get(nobodys)];
  const now = context.clock.now();
  const may =
    target &&
    place &&
    (decide(actor, target, "admin", now).allow ||
      decide(actor, { ...place, name: oldName }, "admin", now).allow);
  if (!redirect || !may || target.id !== redirect.repository_id) throw notAnOldName(oldName);
  const outcome = await changeRepository(
    context,
    { id: redirect.repository_id, name: target.name },
    { type: "release-name", oldName, audited: auditedAs(context, actor, target) },
  );
  if (outcome.result === "absent") throw notAnOldName(oldName);
}

function notAnOldName(name: string): HubError {
  return new HubError(
    "not-found",
    `"${name.slice(0, 300)}" is no old name of a repository that you administer`,
  );
}
