import type { ListedRepository } from "../../../hub/index.ts";
import { glance, type Glimpse } from "../../../images/index.ts";
import type { WebServices } from "../../page.ts";
import type { RepositoryRow } from "../../view/repository-rows.tsx";

type Listed = Pick<
  ListedRepository,
  "id" | "name" | "description" | "badge" | "deprecated" | "pulls" | "stars"
> &
  Partial<Pick<RepositoryRow, "visibility" | "successor" | "platforms">>;

/** Repositories of lists, each with what is inside. One statement for all of the lists. */
export async function withInside<Lists extends Record<string, readonly Listed[]>>(
  { images }: Pick<WebServices, "images">,
  lists: Lists,
): Promise<Record<keyof Lists, RepositoryRow[]>> {
  const ids = new Set(Object.values(lists).flatMap((list) => list.map(({ id }) => id)));
  const inside = await glance(images, [...ids]);
  return Object.fromEntries(
    Object.entries(lists).map(([name, list]) => [name, list.map((row) => rowOf(row, inside.get(row.id)))]),
  ) as Record<keyof Lists, RepositoryRow[]>;
}

function rowOf(row: Listed, glimpse: Glimpse | undefined): RepositoryRow {
  return {
    ...row,
    updatedAt: glimpse?.updatedAt ?? null,
    hold: glimpse?.hold ?? [],
    size: glimpse?.size ?? 0,
  };
}
