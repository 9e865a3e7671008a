import { HubError } from "../shared/errors.ts";
import { anonymous, type Action, type Reason } from "./access.ts";
import {
  addressOf,
  bearerChallenge,
  catalogScope,
  ChallengeError,
  scopeOf,
  type Address,
  type TokenProblem,
} from "./challenge.ts";
import type { AuthContext } from "./context.ts";
import { inPatterns, type Viewer } from "./readable.ts";
import { describeRefusal } from "./refusals.ts";
import { verifyRegistryToken } from "./registry-tokens.ts";
import type { VerifiedToken } from "./verified-tokens.ts";

/** A right that was found. */
export interface Grant {
  /** The right rests on the repository being public, and nothing else: whoever acts on it checks that it still is. */
  publicOnly: boolean;
  /** Of a push: may not move a tag that is there. */
  createOnly: boolean;
  /** The right rests on there being no such repository: whoever acts on one checks that the bearer made it. */
  creation: boolean;
}

/** What a mount may read from: what the viewer may pull now, or what is public. */
export type MountSource = { viewer: Viewer } | { publicOnly: boolean };

/** What the bearer of one request may do on `/v2`. Made from its token alone: no database is read. */
export interface Access {
  /** Who it is: `user:<id>` (stable over their tokens), `token:<id>` of a machine, or `anonymous`. Binds upload sessions. */
  subject: string;
  /** What they sign in as: the name of a user, or a machine's, which begins with that of its owner; undefined for anonymous. */
  account: string | undefined;
  /** The right to do this, or a throw: 401 with a challenge where another token could help, 403 where none can. */
  require(repository: string, action: Action): Grant;
  /** The right to do this, or undefined where `require` would throw. */
  allows(repository: string, action: Action): Grant | undefined;
  /**
   * The right to mount a blob from a repository, or undefined. A token that grants a push says what its user may read, so that a mount
   * needs no token for its source: whoever names a digest there could have pulled it.
   */
  mayMount(repository: string): MountSource | undefined;
  /** Throws what `require` throws to somebody without the right: for a `publicOnly` grant on what is not public (or not there). */
  refuse(repository: string, action: Action): never;
  /** For `_catalog`; throws a challenge for `registry:catalog:*` where the token lacks it. */
  requireCatalog(): Viewer;
  /** For `GET /v2/`, which asks for no right: any token will do, an anonymous one too. Without one it throws a challenge. */
  requireSignIn(): void;
}

/**
 * Reads the registry token of a request on `/v2`. A token that is not valid is not an error yet: whatever is then required of the
 * access throws the challenge, which so can name the scope. Credentials other than `Bearer` count as none.
 */
export async function authenticate(context: AuthContext, request: Request): Promise<Access> {
  const address = addressOf(context, request);
  const text = bearerOf(request);
  if (text === undefined) return new TokenlessAccess(address);
  const token = await verifyRegistryToken(context, address.service, text);
  return token ? new TokenAccess(address, token) : new TokenlessAccess(address, "invalid_token");
}

function bearerOf(request: Request): string | undefined {
  const header = request.headers.get("Authorization") ?? "";
  return /^bearer\b/i.test(header) ? header.slice("bearer".length).trim() : undefined;
}

/** Of a request without a token, or with one that is not valid. The former may pull what is public, so that it need not ask first. */
class TokenlessAccess implements Access {
  readonly subject = anonymous.kind;
  readonly account = undefined;
  readonly #address: Address;
  readonly #problem: TokenProblem | undefined;

  constructor(address: Address, problem?: TokenProblem) {
    this.#address = address;
    this.#problem = problem;
  }

  require(repository: string, action: Action): Grant {
    return this.allows(repository, action) ?? this.refuse(repository, action);
  }

  allows(_repository: string, action: Action): Grant | undefined {
    return action === "pull" && !this.#problem
      ? { publicOnly: true, createOnly: false, creation: false }
      : undefined;
  }

  mayMount(): undefined {
    return undefined;
  }

  refuse(repository: string, action: Action): never {
    throw this.#challenge(
      describeRefusal(undefined, repository, action, "sign-in"),
      scopeOf(repository, action),
    );
  }

  requireCatalog(): Viewer {
    throw this.#challenge("the list of repositories needs a token for it", catalogScope);
  }

  requireSignIn(): void {
    throw this.#challenge("a token is needed; sign in with `docker login`");
  }

  #challenge(message: string, scope?: string): ChallengeError {
    const said = this.#problem
      ? "the registry token has expired or is not valid here; ask for a new one"
      : message;
    return new ChallengeError(said, bearerChallenge(this.#address, scope, this.#problem));
  }
}

class TokenAccess implements Access {
  readonly #address: Address;
  readonly #token: VerifiedToken;

  constructor(address: Address, token: VerifiedToken) {
    this.#address = address;
    this.#token = token;
  }

  get subject(): string {
    return this.#token.subject;
  }

  get account(): string | undefined {
    return this.#token.account;
  }

  require(repository: string, action: Action): Grant {
    const grant = this.allows(repository, action);
    if (grant) return grant;
    const rights = this.#token.repositories.get(repository);
    const reason = rights?.refused[action];
    if (reason) throw this.#refusal(repository, action, reason);
    if (rights?.moved !== undefined && action !== "pull")
      throw new HubError("denied", `"${repository}" is now "${rights.moved}"; push there`);
    throw this.#insufficient(
      `the registry token was not asked for the right to ${action} on "${repository}"`,
      scopeOf(repository, action),
    );
  }

  allows(repository: string, action: Action): Grant | undefined {
    const rights = this.#token.repositories.get(repository);
    if (!rights?.granted.includes(action)) return undefined;
    return {
      publicOnly: action === "pull" && rights.publicOnly,
      createOnly: action === "push" && rights.createOnly,
      creation: rights.creation,
    };
  }

  mayMount(repository: string): MountSource | undefined {
    const { mounts } = this.#token;
    return mounts && inPatterns(mounts, repository) ? { viewer: mounts } : this.allows(repository, "pull");
  }

  refuse(repository: string, action: Action): never {
    throw this.#refusal(repository, action, this.#token.account === undefined ? "sign-in" : "no-right");
  }

  requireCatalog(): Viewer {
    const { catalog, account } = this.#token;
    if (catalog === undefined)
      throw this.#insufficient("the registry token was not asked for the list of repositories", catalogScope);
    if (typeof catalog === "string")
      throw new HubError(
        "denied",
        `the access token that ${account} signed in with lacks the scope "pull", so it may not list repositories; sign in with one that has it`,
      );
    return catalog;
  }

  requireSignIn(): void {}

  /** Signing in can help somebody who has not; nothing can help a user whom the policy refuses. */
  #refusal(repository: string, action: Action, reason: Reason): HubError {
    const rights = this.#token.repositories.get(repository);
    const sees = rights !== undefined && rights.granted.includes("pull") && !rights.publicOnly;
    const message = describeRefusal(this.#token.account, repository, action, reason, sees);
    return this.#token.account === undefined
      ? new ChallengeError(message, bearerChallenge(this.#address, scopeOf(repository, action)))
      : new HubError("denied", message);
  }

  #insufficient(message: string, scope: string | undefined): ChallengeError {
    return new ChallengeError(message, bearerChallenge(this.#address, scope, "insufficient_scope"));
  }
}
