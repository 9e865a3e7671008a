import { HubError } from "../shared/errors.ts";
import { isRepositoryName } from "../shared/reference.ts";
import { actions, type Action } from "./access.ts";

/** What a client asks a registry token for. */
export interface RequestedScopes {
  /** Repository name to actions. */
  repositories: Map<string, Set<Action>>;
  /** Whether the list of repositories is asked for. */
  catalog: boolean;
}

const maximumScopes = 50;
/** In characters, all scopes together: the token has to fit into one request header. */
const maximumLength = 4096;

/**
 * Reads `scope` parameters, each with one or several scopes and spaces between (Distribution, "Token Scope Documentation").
 * What has an unknown type, or a name that no repository can have, is left out; so are unknown actions. `*` is all actions.
 *
 * @throws HubError `invalid` when there are too many.
 */
export function parseScopes(parameters: readonly string[]): RequestedScopes {
  const length = parameters.reduce((sum, parameter) => sum + parameter.length, 0);
  if (length > maximumLength)
    throw new HubError(
      "invalid",
      `the scopes have ${length} characters together, ${maximumLength} is the most; ask for fewer at a time`,
    );
  const scopes = parameters.flatMap((parameter) => parameter.split(" ")).filter(Boolean);
  if (scopes.length > maximumScopes)
    throw new HubError(
      "invalid",
      `${scopes.length} scopes are asked for, ${maximumScopes} is the most; ask for fewer at a time`,
    );

  const requested: RequestedScopes = { repositories: new Map(), catalog: false };
  for (const scope of scopes) addScope(requested, scope);
  return requested;
}

/** What lists repositories: all of them for `_catalog`, and those that fit for `docker search`. Both show what the bearer may pull. */
const listings = new Set(["*", "search"]);

function addScope(requested: RequestedScopes, scope: string): void {
  const parts = scope.split(":");
  // A class may follow the type, as in `repository(plugin)`.
  const type = parts[0]?.replace(/\([a-z0-9]*\)$/, "");
  const [name = "", wanted = ""] = parts.slice(1);
  if (parts.length !== 3) return;
  if (type === "registry" && name === "catalog" && wanted.split(",").some((each) => listings.has(each)))
    requested.catalog = true;
  if (type !== "repository" || !isRepositoryName(name)) return;
  const found = actions.filter((action) => wanted.split(",").some((each) => each === "*" || each === action));
  if (found.length === 0) return;
  const asked = requested.repositories.get(name) ?? new Set();
  for (const action of found) asked.add(action);
  requested.repositories.set(name, asked);
}
