import type { HubContext } from "./context.ts";

/** How many names one part of the list of all of them has. */
const namesPart = 5000;

/** How many parts the list of all public repositories has: of them alone, so that it tells nothing of how many others there are. */
export async function countNameParts({ db }: HubContext): Promise<number> {
  const { all } = await db.query
    .selectFrom("repositories")
    .select(({ fn }) => fn.countAll<number>().as("all"))
    .where("visibility", "=", "public")
    .executeTakeFirstOrThrow();
  return Math.ceil(all / namesPart);
}

/** The names of public repositories, in the order they were made: as the index `repositories_newest` has them. @param part from 0 */
export async function listPublicNames({ db }: HubContext, part: number): Promise<string[]> {
  const rows = await db.query
    .selectFrom("repositories")
    .select("name")
    .where("visibility", "=", "public")
    .orderBy("created_at")
    .orderBy("id", "desc")
    .limit(namesPart)
    .offset(part * namesPart)
    .execute();
  return rows.map(({ name }) => name);
}
