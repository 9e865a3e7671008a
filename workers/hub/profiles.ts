import { sql, type RawBuilder } from "kysely";
import { inPatterns, readable, viewerOf, type PresentRepository, type Principal } from "../auth/index.ts";
import type { Row } from "../db/index.ts";
import { isCategory, type Category } from "../shared/categories.ts";
import type { HubContext } from "./context.ts";

/** What is said of a repository, besides its README. */
export interface Profile {
  /** One line; "": nothing. */
  description: string;
  categories: Category[];
  /** null: it is kept up. */
  deprecated: {
    /** Milliseconds since 1970. */
    since: number;
    /** Name of the repository to use now; null: there is none, or none that this viewer may read. */
    successor: string | null;
  } | null;
  /** Where the git repository, or what else it is made of, can be looked at. */
  sourceUrl: string | null;
  /** An SPDX expression, or words. */
  licenses: string | null;
  /** Milliseconds since 1970; null: nobody ever said anything. */
  updatedAt: number | null;
}

/** The columns of repository_profiles that a profile is made of, with its successor. */
export type ProfileRow = Pick<
  Row<"repository_profiles">,
  "description" | "categories" | "deprecated_at" | "source_url" | "licenses" | "updated_at"
> & { successor: string | null; successor_visibility: "public" | "private" | null };

/** The profile of a repository for somebody who may pull from it. One statement. */
export async function readProfile(
  { db, clock }: HubContext,
  actor: Principal,
  { id }: Pick<PresentRepository, "id">,
): Promise<Profile> {
  const row = await db.query
    .selectFrom("repository_profiles as profile")
    .leftJoin("repositories as successor", (join) =>
      join
        .onRef("successor.id", "=", "profile.successor_id")
        .on(successorIsReadable(actor, "successor", clock.now())),
    )
    .select([
      "description",
      "categories",
      "deprecated_at",
      "source_url",
      "licenses",
      "updated_at",
      "successor.name as successor",
      "successor.visibility as successor_visibility",
    ])
    .where("profile.repository_id", "=", id)
    .executeTakeFirst();
  return profileFrom(row, actor);
}

/** The condition of a join that finds a successor only for those who may read it. @param table alias of its row of `repositories` */
export function successorIsReadable(actor: Principal, table: string, now: number): RawBuilder<boolean> {
  const viewer = viewerOf(actor);
  return viewer ? readable(viewer, table, now) : sql<boolean>`0`;
}

/** @param row undefined: nobody said anything */
export function profileFrom(row: ProfileRow | undefined, actor: Principal): Profile {
  if (!row)
    return {
      description: "",
      categories: [],
      deprecated: null,
      sourceUrl: null,
      licenses: null,
      updatedAt: null,
    };
  return {
    description: row.description,
    categories: (JSON.parse(row.categories) as string[]).filter(isCategory),
    deprecated:
      row.deprecated_at === null
        ? null
        : { since: row.deprecated_at, successor: visibleSuccessor(row, actor) },
    sourceUrl: row.source_url,
    licenses: row.licenses,
    updatedAt: row.updated_at,
  };
}

/** A token that is for other repositories does not learn the name of a private one. */
function visibleSuccessor({ successor, successor_visibility }: ProfileRow, actor: Principal): string | null {
  const viewer = viewerOf(actor);
  if (successor === null || !viewer) return null;
  return successor_visibility === "public" || inPatterns(viewer, successor) ? successor : null;
}
