/** Addresses of the pages of a repository. What is below it comes behind `/-/`, which is part of no name. */

export function pathOf(repository: string): string {
  return `/r/${repository}`;
}

export function tagsPath(repository: string): string {
  return `${pathOf(repository)}/-/tags`;
}

export function tagPath(repository: string, tag: string): string {
  return `${tagsPath(repository)}/${tag}`;
}

export function imagePath(repository: string, digest: string): string {
  return `${pathOf(repository)}/-/images/${digest}`;
}

/** @param from tags or digests */
export function comparePath(repository: string, from?: string, to?: string): string {
  const query = new URLSearchParams();
  if (from !== undefined) query.set("from", from);
  if (to !== undefined) query.set("to", to);
  return `${pathOf(repository)}/-/compare${query.size > 0 ? `?${query.toString()}` : ""}`;
}
