import type { HubContext } from "./context.ts";

/** How many ids one part of the list of all names covers. */
const namesPart = 5000;

/** How many parts the list of all public repositories has: up to the last of them, so that it says nothing of private ones made since. */
export async function countNameParts({ db }: HubContext): Promise<number> {
  const last = await db.query
    .selectFrom("repositories")
    .select("id")
    .where("visibility", "=", "public")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return Math.ceil((last?.id ?? 0) / namesPart);
}

/** The names of public repositories, in the order they were made. Of ids, not of so many names: no part reads those before it. @param part from 0 */
export async function listPublicNames({ db }: HubContext, part: number): Promise<string[]> {
  const rows = await db.query
    .selectFrom("repositories")
    .select("name")
    .where("id", ">", part * namesPart)
    .where("id", "<=", (part + 1) * namesPart)
    .where("visibility", "=", "public")
    .orderBy("id")
    .execute();
  return rows.map(({ name }) => name);
}
