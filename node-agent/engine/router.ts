import { HubError } from "#shared/errors";
import { newestVersion, oldestVersion } from "./headers.ts";
import type { Route } from "./call.ts";

export interface Found {
  route: Route;
  parameters: Record<string, string>;
  version: number;
}

/** Finds the route of a request. */
export class Router {
  readonly #routes: readonly { route: Route; pattern: RegExp }[];

  constructor(routes: readonly Route[]) {
    this.#routes = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  }

  /** @throws HubError `not-found`; `invalid` for a version of the API that is not spoken, or a path that cannot be decoded. */
  find(method: string, path: string): Found {
    const [, stated, rest = ""] = /^\/v1\.(\d{1,3})(\/.*)$/.exec(path) ?? [];
    const version = stated === undefined ? newestVersion : Number(stated);
    if (version > newestVersion)
      throw new HubError(
        "invalid",
        `client version 1.${version} is too new. Maximum supported API version is 1.${newestVersion}`,
      );
    if (version < oldestVersion)
      throw new HubError(
        "invalid",
        `client version 1.${version} is too old. Minimum supported API version is 1.${oldestVersion}, please upgrade your client to a newer version`,
      );
    const plain = stated === undefined ? path : rest;
    for (const { route, pattern } of this.#routes) {
      const match = route.method === method ? pattern.exec(plain) : null;
      if (match !== null) return { route, parameters: decoded(match.groups ?? {}), version };
    }
    throw new HubError("not-found", "page not found");
  }
}

function patternOf(path: string): RegExp {
  const parts = path.split("/").map((part) => {
    if (part.startsWith(":")) return `(?<${part.slice(1)}>[^/]+)`;
    return part.startsWith("*") ? `(?<${part.slice(1)}>.+)` : part;
  });
  return new RegExp(`^${parts.join("/")}$`);
}

function decoded(groups: Readonly<Record<string, string>>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch (cause) {
    throw new HubError("invalid", "the path is not encoded as a URL is", { cause });
  }
}
