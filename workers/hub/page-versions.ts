import type { HubContext } from "./context.ts";

/**
 * The version of what pages for everybody show of one public repository, other than counts: another one after each change. One statement.
 *
 * @param name the present one
 * @returns undefined when there is no public repository of that name.
 */
export async function repositoryVersion({ db }: HubContext, name: string): Promise<string | undefined> {
  const found = await db.query
    .selectFrom("repositories")
    .leftJoin("page_versions", "page_versions.repository_id", "repositories.id")
    .crossJoin("list_version")
    .select(["repositories.id", "page_versions.version", "list_version.version as lists"])
    .where("name", "=", name)
    .where("visibility", "=", "public")
    .executeTakeFirst();
  return found && `${found.id}.${found.version ?? 0}.${found.lists}`;
}

/**
 * The version of lists of public repositories: another one when any is deleted, made private or called otherwise. What is new in a list
 * does not change it. One statement.
 */
export async function listVersion({ db }: HubContext): Promise<string> {
  const { version } = await db.query.selectFrom("list_version").select("version").executeTakeFirstOrThrow();
  return String(version);
}
