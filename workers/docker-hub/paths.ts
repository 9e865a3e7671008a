import { isRepositoryName } from "../shared/reference.ts";

/*
 * Docker Hub's API has its paths below `/v2/`, where those of the registry are; and a repository may be called `repositories/acme`. So
 * whatever is a request of the OCI Distribution Specification is one, and the rest may be Docker Hub's. Nobody can have `repositories`,
 * `namespaces`, `users`, `user`, `auth` or `search` as a namespace (auth/namespace-names.ts), so in practice only one thing is hidden: a tag
 * that is called `list` has to be asked for with a slash behind it.
 */

/** What a path of Docker Hub's API is about. */
export type HubPath =
  | { kind: "login" | "second-factor" | "token" | "user" | "search" }
  | { kind: "repositories"; namespace: string }
  | { kind: "repository" | "tags"; name: string }
  | { kind: "tag"; name: string; tag: string };

const fixed = new Map<string, HubPath>([
  ["users/login", { kind: "login" }],
  ["users/2fa-login", { kind: "second-factor" }],
  ["auth/token", { kind: "token" }],
  ["user", { kind: "user" }],
  ["search/repositories", { kind: "search" }],
]);

/** What stands behind the repository's name in the paths of the OCI Distribution Specification ("Endpoints"). */
const registryPath =
  /^(.+)\/(?:manifests\/[^/]+|blobs\/[^/]+|blobs\/uploads\/?|blobs\/uploads\/[^/]+|tags\/list|referrers\/[^/]+)$/;

/** Reads the path of a URL; undefined when it is the registry's, or nobody's. */
export function readHubPath(pathname: string): HubPath | undefined {
  const path = decode(pathname.slice("/v2/".length));
  if (path === undefined || isRegistryPath(path)) return undefined;
  // Clients send both.
  const trimmed = path.replace(/\/$/, "");
  const known = fixed.get(trimmed);
  if (known) return known;
  const [word, namespace, ...rest] = trimmed.split("/");
  if (!namespace) return undefined;
  if (word === "repositories") return within(namespace, rest);
  if (word === "namespaces" && rest[0] === "repositories") return within(namespace, rest.slice(1));
  return undefined;
}

function isRegistryPath(path: string): boolean {
  const [, name] = registryPath.exec(path) ?? [];
  return name !== undefined && isRepositoryName(name);
}

/** `tags` comes behind a repository; right behind the namespace it is the name of one. */
function within(namespace: string, rest: readonly string[]): HubPath {
  if (rest.length === 0) return { kind: "repositories", namespace };
  const name = (parts: readonly string[]) => [namespace, ...parts].join("/");
  if (rest.length > 1 && rest.at(-1) === "tags") return { kind: "tags", name: name(rest.slice(0, -1)) };
  if (rest.length > 2 && rest.at(-2) === "tags")
    return { kind: "tag", name: name(rest.slice(0, -2)), tag: rest.at(-1) ?? "" };
  return { kind: "repository", name: name(rest) };
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
