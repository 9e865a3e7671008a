import type { RepositoryAction, WideScope } from "../../../auth/index.ts";

/** Each action in a few words, for boxes and lists. */
export const actionWords: Record<RepositoryAction, { label: string; hint: string }> = {
  pull: { label: "Pull", hint: "read images, tags and descriptions" },
  push: { label: "Push", hint: "write images, make and move tags" },
  create: { label: "Create tags only", hint: "write images and new tags; never move a tag that is there" },
  delete: { label: "Delete", hint: "tags and images" },
  metadata: { label: "Description", hint: "change the description and the README" },
  builds: { label: "Builds", hint: "start and cancel builds" },
  admin: { label: "Administer", hint: "visibility, access, name, deletion of the repository" },
};

export const wideWords: Record<WideScope, { label: string; hint: string }> = {
  account: { label: "Account", hint: "your account and tokens, and organizations as far as your role goes" },
  fleet: { label: "Fleet", hint: "nodes and apps" },
  administration: { label: "Administration", hint: "the users of this hub" },
};

/** A scope as people read it: `pull, push in acme/web-*`. What it cannot read it gives as it is. */
export function describeScope(scope: string): string {
  const [type, pattern, actions] = scope.split(":");
  if (type === "repository" && pattern !== undefined && actions !== undefined)
    return `${actions.replaceAll(",", ", ")} in ${pattern === "**" ? "every repository" : pattern}`;
  return isWide(scope) ? wideWords[scope].label.toLowerCase() : scope;
}

function isWide(scope: string): scope is WideScope {
  return Object.hasOwn(wideWords, scope);
}
