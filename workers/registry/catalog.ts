import { sql } from "kysely";
import { inPatterns, mayBeInPatterns, readable, type Viewer } from "../auth/index.ts";
import type { Page } from "../platform/pagination.ts";
import type { RegistryContext } from "./context.ts";

/** How many names one statement looks through, when the token's pattern leaves out most of them. */
const scanned = 1000;

/** After so many statements a page ends with what there is, where there is a name to go on from. */
const maximumScans = 10;

/**
 * Names of the repositories that a caller may see, in byte order (Docker Registry HTTP API, "Catalog"): public ones, and those they
 * have a right to now, narrowed by the patterns of their token.
 *
 * @returns next what the token may know of: a public name, or one that its patterns fit. What it is not for neither stands there nor
 *   makes the page shorter.
 */
export async function listRepositories(
  { db, clock }: RegistryContext,
  viewer: Viewer,
  { limit, last }: Page,
): Promise<{ names: string[]; next: string | undefined }> {
  const names: string[] = [];
  if (limit === 0) return { names, next: undefined };
  const narrowed = mayBeInPatterns(viewer, "repositories");
  const size = narrowed ? Math.max(limit + 1, scanned) : limit + 1;
  let from = last;
  let place: string | undefined;
  for (let scan = 0; scan < maximumScans || place === undefined; scan += 1) {
    let query = db.query
      .selectFrom("repositories")
      .select(["name", "visibility"])
      .where("name", ">", from)
      .where(readable(viewer, "repositories", clock.now()));
    if (narrowed) query = query.where(sql<boolean>`(visibility = 'public' or ${narrowed})`);
    const rows = await query.orderBy("name").limit(size).execute();
    for (const { name, visibility } of rows) {
      const fits = inPatterns(viewer, name);
      if (fits && names.length === limit) return { names, next: names.at(-1) };
      if (fits) names.push(name);
      if (fits || visibility === "public") place = name;
      from = name;
    }
    if (rows.length < size) return { names, next: undefined };
  }
  return { names, next: place };
}
