import { inPatterns, readable, type Viewer } from "../auth/index.ts";
import type { Page } from "../platform/pagination.ts";
import type { RegistryContext } from "./context.ts";

/** How many pages of names one request looks through, when the token's pattern leaves out most of them. */
const maximumScans = 10;

/**
 * Names of the repositories that a caller may see, in byte order (Docker Registry HTTP API, "Catalog"): public ones, and those they
 * have a right to now, narrowed by the patterns of their token.
 */
export async function listRepositories(
  { db, clock }: RegistryContext,
  viewer: Viewer,
  page: Page,
): Promise<{ names: string[]; next: string | undefined }> {
  const names: string[] = [];
  let last = page.last;
  if (page.limit === 0) return { names, next: undefined };
  for (let scan = 0; scan < maximumScans; scan += 1) {
    const rows = await db.query
      .selectFrom("repositories")
      .select("name")
      .where("name", ">", last)
      .where(readable(viewer, "repositories", clock.now()))
      .orderBy("name")
      .limit(page.limit + 1)
      .execute();
    const more = rows.length > page.limit;
    for (const row of rows.slice(0, page.limit)) {
      last = row.name;
      if (inPatterns(viewer, row.name)) names.push(row.name);
      if (names.length === page.limit) return { names, next: more || row !== rows.at(-1) ? last : undefined };
    }
    if (!more) return { names, next: undefined };
  }
  return { names, next: last };
}
