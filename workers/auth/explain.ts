import type { OrganizationRole, RepositoryRole } from "../db/index.ts";
import { HubError } from "../shared/errors.ts";
import { isRepositoryName } from "../shared/reference.ts";
import {
  decide,
  namespaceOf,
  rolesOf,
  type Decision,
  type Machine,
  type Principal,
  type Reason,
  type Source,
  type User,
} from "./access.ts";
import type { AuthContext } from "./context.ts";
import { describeRefusal, verbs } from "./refusals.ts";
import { requireRepository } from "./repository-access.ts";
import { ScopeSet, type RepositoryAction } from "./scopes.ts";
import { standingsOf, unknownRepository, type FoundRepository } from "./standings.ts";

/** Why somebody may, or may not, do something to a repository. */
export interface Explanation {
  /** As it was asked for, or as it is called now where the one who asks may see it. */
  repository: string;
  /** undefined: whoever is not signed in. */
  who: string | undefined;
  action: RepositoryAction;
  allow: boolean;
  /** undefined: it is allowed. */
  reason: Reason | undefined;
  sentence: string;
  /** Every role that somebody has there, before anything takes away. */
  sources: { role: RepositoryRole; type: Source["type"]; from: string }[];
  /** What they are in the organization whose namespace it is. */
  organizationRole: OrganizationRole | undefined;
}

/**
 * Explains a right of oneself, or of a user or robot to a repository that one administers. Of oneself the answer is the same for a
 * repository that is private and one that is not there.
 *
 * @throws HubError `not-found` (others: no such repository, user or robot), `denied` (others: without the right admin).
 */
export async function explain(
  context: AuthContext,
  actor: Principal,
  repository: string,
  of: { user?: string | undefined; robot?: string | undefined },
  action: RepositoryAction,
): Promise<Explanation> {
  const principal = await subjectOf(context, actor, repository, of);
  const unknown = unknownRepository(repository);
  if (!isRepositoryName(repository)) return describe(context, principal, unknown, unknown, action);
  // No repository is called so: it has what the namespace gives, also where the name itself leads somewhere else.
  const nobodys = `${namespaceOf(repository)}/.`;
  const standings = await standingsOf(context, principal, [repository, nobodys]);
  const [found, place] = [standings.get(repository), standings.get(nobodys)];
  return describe(context, principal, found ?? unknown, { ...(place ?? unknown), name: repository }, action);
}

/** @param asked the name that was asked for, as if no repository had it: all that somebody learns who may not see `found`. */
function describe(
  { clock }: AuthContext,
  principal: Principal,
  found: FoundRepository,
  asked: FoundRepository,
  action: RepositoryAction,
): Explanation {
  const now = clock.now();
  const decision = decide(principal, found, action, now);
  const visible = decide(principal, found, "pull", now).allow;
  const { name: repository, standing } = visible ? found : asked;
  const who = principal.kind === "anonymous" ? undefined : principal.name;
  return {
    repository,
    who,
    action,
    allow: decision.allow,
    reason: decision.allow ? undefined : decision.reason,
    sentence: sentenceOf(decision, who, repository, action, visible),
    sources: [
      ...rolesOf(principal, found).map(({ role, source }) => ({
        role,
        type: source.type,
        from: describeSource(source),
      })),
      ...(found.visibility === "public"
        ? [{ role: "read" as const, type: "public" as const, from: "the repository is public" }]
        : []),
    ],
    organizationRole: principal.kind === "user" ? standing.organizationRole : undefined,
  };
}

function sentenceOf(
  decision: Decision,
  who: string | undefined,
  repository: string,
  action: RepositoryAction,
  sees: boolean,
): string {
  if (!decision.allow) return describeRefusal(who, repository, action, decision.reason, sees);
  const may = `${who ?? "whoever is not signed in"} may ${verbs[action]} "${repository}"`;
  const source = decision.source ? describeSource(decision.source) : "the repository is public";
  const limit = decision.createOnly ? ", but may not move a tag that is there: the access token says so" : "";
  return `${may}: ${source}${limit}`;
}

function describeSource(source: Source): string {
  switch (source.type) {
    case "administrator":
      return "administrators of the hub may do everything";
    case "own-namespace":
      return "it is in their own namespace";
    case "creation":
      return "there is none of this name, and members of the organization may make repositories";
    case "public":
      return "the repository is public";
    case "organization-role":
      return `they are ${source.role} of the organization`;
    case "grant":
      return "it was given to them on this repository";
    case "team":
      return `they are in the team "${source.team}", which it was given to on this repository`;
    case "rule":
      return source.team === undefined
        ? "a default rule of the organization gives it to them"
        : `they are in the team "${source.team}", which a default rule of the organization gives it to`;
  }
}

/** Who is asked about. Whatever becomes known of others is for who administers the repository. */
async function subjectOf(
  context: AuthContext,
  actor: Principal,
  repository: string,
  { user, robot }: { user?: string | undefined; robot?: string | undefined },
): Promise<Principal> {
  if (user !== undefined && robot !== undefined)
    throw new HubError("invalid", "give `user` or `robot`, not both");
  const asked = (user ?? robot)?.toLowerCase();
  if (asked === undefined || (actor.kind !== "anonymous" && asked === actor.name.toLowerCase())) return actor;
  const { standing } = await requireRepository(context, actor, repository, "admin");
  return user === undefined ? findRobot(context, standing.owner?.id, asked) : findPerson(context, asked);
}

/** A user as in a browser session: what an access token takes away, its owner sees. */
async function findPerson({ db }: AuthContext, name: string): Promise<User> {
  const row = await db.query.selectFrom("users").selectAll().where("name", "=", name).executeTakeFirst();
  if (!row) throw new HubError("not-found", `there is no user "${name.slice(0, 64)}"`);
  return {
    kind: "user",
    id: row.id,
    name: row.name,
    administrator: row.administrator === 1,
    emailVerified: row.email === null || row.email_verified_at !== null,
    twoFactor: row.two_factor === 1,
    token: undefined,
    address: undefined,
  };
}

/** A robot of the repository's namespace; others can do nothing there, and are nobody's business. */
async function findRobot({ db }: AuthContext, ownerId: string | undefined, asked: string): Promise<Machine> {
  const [namespace = "", name = ""] = asked.split("+", 2);
  const row = await db.query
    .selectFrom("access_tokens")
    .innerJoin("namespaces", (join) =>
      join.on((is) =>
        is.or([
          is("namespaces.owner_id", "=", is.ref("access_tokens.user_id")),
          is("namespaces.owner_id", "=", is.ref("access_tokens.organization_id")),
        ]),
      ),
    )
    .selectAll("access_tokens")
    .select(["namespaces.kind as owner_kind", "namespaces.owner_id"])
    .where("namespaces.name", "=", namespace)
    .where("namespaces.owner_id", "=", ownerId ?? "")
    .where("access_tokens.kind", "=", "robot")
    .where("access_tokens.name", "=", name)
    .where("access_tokens.revoked_at", "is", null)
    .executeTakeFirst();
  if (!row)
    throw new HubError(
      "not-found",
      `there is no robot "${asked.slice(0, 130)}" in the repository's namespace`,
    );
  return {
    kind: "machine",
    name: `${namespace}+${row.name}`,
    owner: { kind: row.owner_kind, id: row.owner_id, name: namespace },
    token: {
      id: row.id,
      kind: "robot",
      name: row.name,
      scopes: ScopeSet.read(JSON.parse(row.scopes) as string[]),
      since: row.rotated_at ?? row.created_at,
      expiresAt: row.expires_at,
    },
    address: undefined,
  };
}
