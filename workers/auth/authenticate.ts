/** What a request asks of a repository. The names are those of the registry token scopes. */
export type Action = "pull" | "push" | "delete";

/** A right that was found. */
export interface Grant {
  /** The right rests on the repository being public, and nothing else: whoever acts on it checks that it still is. */
  publicOnly: boolean;
}

/** Which repositories a caller may see listed. */
export interface CatalogScope {
  /** Everything (an administrator). */
  all: boolean;
  /** Besides public ones, everything in these namespaces. */
  namespaces: string[];
  /** Pattern of the access token that narrows all of it. */
  repositories: string;
}

/** What the bearer of one request may do on `/v2`. Made from its token alone: no database is read. */
export interface Access {
  /** Who it is, stable over their tokens: `user:<id>`, or `anonymous`. Binds upload sessions. */
  subject: string;
  /** The right to do this, or a throw: 401 with a challenge where another token could help, 403 where none can. */
  require(repository: string, action: Action): Grant;
  /** Throws what `require` throws to somebody without the right: for a `publicOnly` grant on what is not public (or not there). */
  refuse(repository: string, action: Action): never;
  /** For `_catalog`; throws a challenge for `registry:catalog:*` where the token lacks it. */
  requireCatalog(): CatalogScope;
}
