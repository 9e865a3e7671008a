import type { Visibility } from "../db/index.ts";
import type { Change, Outcome } from "./changes.ts";
import type { RegistryContext } from "./context.ts";
import { RegistryError } from "./errors.ts";

export interface Repository {
  name: string;
  visibility: Visibility;
  createdAt: number;
}

/** Applies a change through the repository's one writer. @throws RegistryError TOOMANYREQUESTS */
export async function changeRepository(
  context: RegistryContext,
  repository: string,
  change: Change,
): Promise<Outcome> {
  const outcome = await context.repositories.getByName(repository).apply(repository, change);
  if (outcome.result === "busy")
    throw new RegistryError(
      "TOOMANYREQUESTS",
      `too many changes to ${repository} at once; try again in some seconds`,
    );
  return outcome;
}

/** The repository of this name, or undefined. */
export async function getRepository({ db }: RegistryContext, name: string): Promise<Repository | undefined> {
  const row = await db.query
    .selectFrom("repositories")
    .selectAll()
    .where("name", "=", name)
    .executeTakeFirst();
  return row && { name: row.name, visibility: row.visibility, createdAt: row.created_at };
}

/** Makes a repository public or private; holds from the next request on. @throws RegistryError NAME_UNKNOWN */
export async function setVisibility(
  context: RegistryContext,
  name: string,
  visibility: Visibility,
): Promise<void> {
  const outcome = await changeRepository(context, name, { type: "set-visibility", visibility });
  if (outcome.result === "absent") throw repositoryUnknown(name);
}

/** Deletes a repository with its manifests, tags and links to blobs. @throws RegistryError NAME_UNKNOWN */
export async function deleteRepository(context: RegistryContext, name: string): Promise<void> {
  const outcome = await changeRepository(context, name, {
    type: "delete-repository",
    at: context.clock.now(),
  });
  if (outcome.result === "absent") throw repositoryUnknown(name);
}

export function repositoryUnknown(name: string): RegistryError {
  return new RegistryError("NAME_UNKNOWN", `there is no repository ${name}`, {
    detail: { repository: name },
  });
}
