import { requireRepository, type Principal } from "../auth/index.ts";
import type { RegistryContext } from "./context.ts";

/** How much there is in a repository, for somebody who may pull from it. @throws HubError `not-found` */
export async function countContents(
  context: RegistryContext,
  actor: Principal,
  name: string,
): Promise<{ tags: number; manifests: number }> {
  const { id } = await requireRepository(context, actor, name, "pull");
  const count = (table: "tags" | "manifests") =>
    context.db.query
      .selectFrom(table)
      .select((of) => of.fn.countAll<number>().as("count"))
      .where("repository_id", "=", id)
      .executeTakeFirstOrThrow();
  const [tags, manifests] = await Promise.all([count("tags"), count("manifests")]);
  return { tags: tags.count, manifests: manifests.count };
}
