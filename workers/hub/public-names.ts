import type { HubContext } from "./context.ts";

/** How many ids one part of the list of all names covers. */
const namesPart = 5000;

/** How many parts the list of all public repositories has. One row. */
export async function countNameParts({ db }: HubContext): Promise<number> {
  const { last } = await db.query
    .selectFrom("repositories")
    .select(({ fn }) => fn.max("id").as("last"))
    .executeTakeFirstOrThrow();
  return Math.ceil((last ?? 0) / namesPart);
}

/** The names of public repositories, in the order they were made. @param part from 0 */
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
