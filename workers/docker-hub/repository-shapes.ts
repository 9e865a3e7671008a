import { decide, namespaceOf, type PresentRepository, type Principal } from "../auth/index.ts";
import type { HubRepository } from "./repositories.ts";

/** What Docker Hub calls a repository. */
export function repositoryName(name: string) {
  const namespace = namespaceOf(name);
  return { name: name.slice(namespace.length + 1), namespace };
}

/** A repository in a list (Docker Hub API, "Repositories"). Fields that are of no use here stand for clients that insist on them. */
export function repositorySummary(repository: HubRepository) {
  const { name, visibility, description, stars, pulls, createdAt, updatedAt } = repository;
  return {
    ...repositoryName(name),
    repository_type: "image",
    status: 1,
    status_description: "active",
    description,
    is_private: visibility === "private",
    star_count: stars,
    pull_count: pulls,
    last_updated: timeText(updatedAt),
    last_modified: timeText(updatedAt),
    date_registered: timeText(createdAt),
    affiliation: "",
    media_types: repository.mediaTypes,
    content_types: ["image"],
    categories: repository.categories,
  };
}

/** A repository on its own, with what the caller is to it. */
export function repositoryDetail(
  repository: HubRepository,
  readme: string,
  caller: { principal: Principal; found: PresentRepository; now: number },
) {
  const { principal, found, now } = caller;
  const may = (action: "pull" | "push" | "metadata" | "admin") => decide(principal, found, action, now).allow;
  const summary = repositorySummary(repository);
  return {
    ...summary,
    id: repository.id,
    user: summary.namespace,
    hub_user: summary.namespace,
    can_edit: may("metadata"),
    is_automated: false,
    is_migrated: false,
    // How many there are is for who may see who they are.
    collaborator_count: may("admin") ? repository.collaborators : 0,
    has_starred: repository.starred,
    full_description: readme,
    permissions: { read: may("pull"), write: may("push"), admin: may("admin") },
    affiliation: may("admin") ? "owner" : may("push") ? "collaborator" : "",
    immutable_tags_settings: { enabled: false, rules: [] },
    source: null,
  };
}

/** The way Docker Hub writes a time, which is ISO 8601. @param at milliseconds since 1970 */
export function timeText(at: number): string {
  return new Date(at).toISOString();
}
