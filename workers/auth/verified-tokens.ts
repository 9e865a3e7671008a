import type { Action, Reason } from "./access.ts";
import type { Viewer } from "./readable.ts";

/** A registry token whose signature and claims have been checked. */
export interface VerifiedToken {
  /** `user:<id>`, `token:<id>` of a machine, or `anonymous`. */
  subject: string;
  /** Name of the user or machine; undefined for anonymous. */
  account: string | undefined;
  audience: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  repositories: ReadonlyMap<string, RepositoryRights>;
  /** undefined: was not asked for. */
  catalog: Viewer | Reason | undefined;
  /** Who looks for blobs to mount; undefined: the token grants no push, or its user may not pull. */
  mounts: Viewer | undefined;
}

/** What the token says of one repository. An action in neither was not asked for. */
interface RepositoryRights {
  granted: readonly Action[];
  refused: Readonly<Partial<Record<Action, Reason>>>;
  /** The pull rests on the repository being public, and nothing else. */
  publicOnly: boolean;
  /** May push, but not move a tag that is there. */
  createOnly: boolean;
  /** The rights rest on there being no such repository. */
  creation: boolean;
  /** This is an old name; what the repository is called now, for somebody who may push to it there. */
  moved: string | undefined;
}

const maximumTokens = 1000;

/** Tokens this isolate has verified, so that a signature is checked once and not at every request. None outlives its expiry. */
export class VerifiedTokens {
  readonly #tokens = new Map<string, VerifiedToken>();

  /** @param now milliseconds since 1970. */
  get(text: string, now: number): VerifiedToken | undefined {
    const token = this.#tokens.get(text);
    if (!token || now < token.expiresAt) return token;
    this.#tokens.delete(text);
    return undefined;
  }

  /** All tokens live equally long, so the first one in is also the next to expire: it makes room. */
  set(text: string, token: VerifiedToken): void {
    if (this.#tokens.size >= maximumTokens) {
      const [oldest] = this.#tokens.keys();
      if (oldest !== undefined) this.#tokens.delete(oldest);
    }
    this.#tokens.set(text, token);
  }
}
