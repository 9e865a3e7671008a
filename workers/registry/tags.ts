import type { Visibility } from "../db/index.ts";
import type { Page } from "../platform/pagination.ts";
import type { RegistryContext } from "./context.ts";
import { ledTo } from "./repository-id.ts";

export interface TagPage {
  tags: string[];
  /** Where the next page goes on, when there is one. */
  next: string | undefined;
  public: boolean;
}

/**
 * Tags of a repository in byte order (OCI Distribution Specification, "Listing Tags"). One statement, whose cost is that of the page and
 * not of the repository. Old names of a repository work like its present one.
 *
 * @returns undefined when there is no such repository.
 */
export async function listTags(
  { db }: RegistryContext,
  repository: string,
  page: Page,
): Promise<TagPage | undefined> {
  const rows = await db.query
    .selectFrom("repositories")
    .leftJoin("tags", (join) =>
      join.onRef("tags.repository_id", "=", "repositories.id").on("tags.name", ">", page.last),
    )
    .where("repositories.id", "=", ledTo(repository))
    .select(["repositories.visibility", "tags.name"])
    .orderBy("tags.name")
    // One more than asked for tells whether there is a next page; and at least one row tells that the repository is there.
    .limit(page.limit + 1)
    .execute();
  const visibility: Visibility | undefined = rows[0]?.visibility;
  if (visibility === undefined) return undefined;
  const tags = rows.flatMap((row) => (row.name === null ? [] : [row.name]));
  const shown = tags.slice(0, page.limit);
  return {
    tags: shown,
    next: tags.length > page.limit && page.limit > 0 ? shown.at(-1) : undefined,
    public: visibility === "public",
  };
}
