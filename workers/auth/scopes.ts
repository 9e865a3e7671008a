import { HubError } from "../shared/errors.ts";
import { checkPattern, coversPattern, matchesPattern } from "./patterns.ts";

/**
 * What an access token was made for. One grammar for people, organizations, robots and CI:
 *
 *     repository:<pattern>:<action>[,<action>…]   such as repository:acme/web-*:pull,push
 *     account          one's own account and tokens, and organizations as far as one's role there goes
 *     fleet            nodes and apps
 *     administration   users of the hub; for its administrators
 *
 * A token can do what one of its scopes says and its owner may; scopes only ever take away.
 */
export const repositoryActions = ["pull", "push", "create", "delete", "metadata", "builds", "admin"] as const;

/**
 * pull; push; create: push, but never move a tag that is there; delete: tags and manifests; metadata: description and README; builds:
 * start and cancel; admin: visibility, grants, name, deletion of the repository.
 */
export type RepositoryAction = (typeof repositoryActions)[number];

export const wideScopes = ["account", "fleet", "administration"] as const;
export type WideScope = (typeof wideScopes)[number];

/** Everything: what a browser session may, and the first administrator's token. */
export const everyScope: readonly string[] = [`repository:**:${repositoryActions.join(",")}`, ...wideScopes];

/** More are not needed, and each costs a little with every request. */
const maximumScopes = 50;

interface RepositoryScope {
  pattern: string;
  actions: ReadonlySet<RepositoryAction>;
}

/** The scopes of a token, read once. */
export class ScopeSet {
  static readonly maximum = maximumScopes;
  /** As they are stored and shown. */
  readonly texts: readonly string[];
  readonly #repositories: RepositoryScope[] = [];
  readonly #wide = new Set<WideScope>();

  private constructor(texts: readonly string[]) {
    this.texts = texts;
  }

  /** @throws HubError `invalid` naming the scope that cannot be read, and why. */
  static read(texts: readonly string[]): ScopeSet {
    if (texts.length === 0 || texts.length > maximumScopes)
      throw new HubError("invalid", `a token has 1 to ${maximumScopes} scopes, not ${texts.length}`);
    const set = new ScopeSet(texts);
    for (const text of texts) {
      const repository = readRepositoryScope(text);
      if (repository) set.#repositories.push(repository);
      else if (isWide(text)) set.#wide.add(text);
      else throw invalid(text, `it is none of repository:<pattern>:<actions>, ${wideScopes.join(", ")}`);
    }
    return set;
  }

  has(scope: WideScope): boolean {
    return this.#wide.has(scope);
  }

  /** Whether it has an action for any repository at all. */
  mentions(action: RepositoryAction): boolean {
    return this.#repositories.some((scope) => includes(scope, action));
  }

  /** Whether it has an action for this repository. Who may push may create. */
  allows(repository: string, action: RepositoryAction): boolean {
    return this.#repositories.some(
      (scope) => includes(scope, action) && matchesPattern(scope.pattern, repository),
    );
  }

  /** Patterns of the repositories that it has an action for. */
  patterns(action: RepositoryAction): string[] {
    return this.#repositories.filter((scope) => includes(scope, action)).map((scope) => scope.pattern);
  }

  /** Patterns of all its repositories. */
  get repositoryPatterns(): string[] {
    return this.#repositories.map(({ pattern }) => pattern);
  }

  /** The first scope of `narrow` that reaches further than this set; undefined: none does. */
  firstBeyond(narrow: ScopeSet): string | undefined {
    return narrow.texts.find((text) => {
      if (isWide(text)) return !this.#wide.has(text);
      const scope = readRepositoryScope(text);
      return [...(scope?.actions ?? [])].some(
        (action) => !this.patterns(action).some((pattern) => coversPattern(pattern, scope?.pattern ?? "")),
      );
    });
  }

  /** Whether it speaks of repositories and nothing else: what robots and CI get. */
  get onlyRepositories(): boolean {
    return this.#wide.size === 0;
  }
}

function includes({ actions }: RepositoryScope, action: RepositoryAction): boolean {
  return actions.has(action) || (action === "create" && actions.has("push"));
}

function isWide(text: string): text is WideScope {
  return (wideScopes as readonly string[]).includes(text);
}

function readRepositoryScope(text: string): RepositoryScope | undefined {
  const [type, pattern = "", list, ...rest] = text.split(":");
  if (type !== "repository") return undefined;
  if (list === undefined || rest.length > 0)
    throw invalid(
      text,
      "it is written repository:<pattern>:<actions>, such as repository:acme/web-*:pull,push",
    );
  checkPattern(pattern);
  const actions = list.split(",");
  const unknown = actions.find((action) => !(repositoryActions as readonly string[]).includes(action));
  if (unknown !== undefined)
    throw invalid(text, `"${unknown}" is none of the actions ${repositoryActions.join(", ")}`);
  return { pattern, actions: new Set(actions as RepositoryAction[]) };
}

function invalid(text: string, reason: string): HubError {
  return new HubError("invalid", `the scope "${text.slice(0, 300)}" is not valid: ${reason}`, {
    detail: { scope: text.slice(0, 300) },
  });
}
