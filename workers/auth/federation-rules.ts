import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import type { Row as RowOf } from "../db/index.ts";
import { HubError } from "../shared/errors.ts";
import type { SignedIn } from "./access.ts";
import { actorOf } from "./actor.ts";
import type { AuthContext } from "./context.ts";
import { checkClaims, type ClaimPatterns } from "./federation-claims.ts";
import { checkMachineName, requireOnlyRepositories, requireVerified } from "./new-access-token.ts";
import { coversPattern } from "./patterns.ts";
import { ScopeSet } from "./scopes.ts";
import { requireOwnerBehind, requireTokenOwner, type Owner, type TokenOwner } from "./token-owner.ts";
import { refuseWider } from "./token-width.ts";

/**
 * A rule for CI: jobs whose id_token comes from this issuer and has these claims may do this in the namespace of the rule's owner, for
 * as long as they run. No secret has to be kept at the CI system.
 */
export interface FederationRule {
  id: string;
  /** Jobs are called `<namespace>+<name>`. */
  name: string;
  issuer: string;
  /** Claim to pattern (federation-claims.ts). */
  claims: Record<string, string>;
  scopes: string[];
  createdAt: number;
  /** To the hour. */
  lastUsedAt: number | null;
}

export interface NewFederationRule {
  name: string;
  issuer: string;
  claims: ClaimPatterns;
  scopes: string[];
}

const maximumRules = 100;

/** Whose id_tokens rules can be about. */
export function federationIssuers({ issuers }: Pick<AuthContext, "issuers">): readonly string[] {
  return issuers.issuers;
}

/**
 * @throws HubError `invalid` (name, issuer, claims, scopes), `denied` (not the actor's to make, or wider than their own token), `conflict`
 *   (a rule of this name, too many), `not-found` (owner).
 */
export async function createFederationRule(
  context: AuthContext,
  actor: SignedIn,
  owner: TokenOwner,
  { name, issuer, claims, scopes: texts }: NewFederationRule,
): Promise<FederationRule> {
  const { db, clock } = context;
  const found = await requireTokenOwner(context, actor, owner, "robot");
  requireVerified(actor);
  checkMachineName(name);
  checkRule(context, actor, found, { issuer, claims, scopes: texts });
  const id = crypto.randomUUID();
  const now = clock.now();
  const column = sql.ref(found.kind === "user" ? "user_id" : "organization_id");
  const [created] = await db.batch([
    sql`insert into federation_rules (id, ${column}, name, issuer, claims, scopes, created_at, created_by)
        select ${id}, ${found.id}, ${name}, ${issuer}, ${JSON.stringify(claims)}, ${JSON.stringify(texts)}, ${now},
          ${actor.kind === "user" ? actor.id : actor.owner.id}
        where not exists (select 1 from federation_rules where ${column} = ${found.id} and name = ${name})
          and ${maximumRules} > (select count(*) from federation_rules where ${column} = ${found.id})
        returning *`.compile(db.query),
    auditEntry(db, now, actorOf(actor), {
      log: found.id,
      action: "federation-rule.create",
      target: `${found.name}+${name}`,
      after: { id, issuer, claims, scopes: texts },
    }),
  ]);
  const [made] = (created?.rows ?? []) as RowOf<"federation_rules">[];
  if (!made)
    throw new HubError(
      "conflict",
      `there is a rule "${name}" already, or there are ${maximumRules}; choose another name, or delete some`,
    );
  return fromRow(made);
}

/** The rules of an owner by age. @throws HubError `denied`, `not-found`. */
export async function listFederationRules(
  context: AuthContext,
  actor: SignedIn,
  owner: TokenOwner,
): Promise<FederationRule[]> {
  const { id, kind } = await requireTokenOwner(context, actor, owner, "robot");
  const rows = await context.db.query
    .selectFrom("federation_rules")
    .selectAll()
    .where(kind === "user" ? "user_id" : "organization_id", "=", id)
    .orderBy("created_at")
    .orderBy("id")
    .limit(maximumRules)
    .execute();
  return rows.map(fromRow);
}

/** Changes what a rule asks for and what it gives. @throws HubError as `createFederationRule`; `not-found`. */
export async function changeFederationRule(
  context: AuthContext,
  actor: SignedIn,
  id: string,
  change: { claims?: ClaimPatterns | undefined; scopes?: string[] | undefined },
): Promise<FederationRule> {
  const { db, clock } = context;
  const { row, owner } = await findRule(context, actor, id);
  const before = fromRow(row);
  const after = {
    issuer: before.issuer,
    claims: change.claims ?? before.claims,
    scopes: change.scopes ?? before.scopes,
  };
  requireVerified(actor);
  checkRule(context, actor, owner, after);
  const now = clock.now();
  const [changed] = await db.batch([
    db.query
      .updateTable("federation_rules")
      .set({ claims: JSON.stringify(after.claims), scopes: JSON.stringify(after.scopes) })
      .where("id", "=", id)
      // What it is checked with: of two changes at once, one starts again.
      .where("claims", "=", row.claims)
      .where("scopes", "=", row.scopes)
      .returningAll(),
    auditEntry(db, now, actorOf(actor), {
      log: owner.id,
      action: "federation-rule.change",
      target: `${owner.name}+${row.name}`,
      before: { id, claims: before.claims, scopes: before.scopes },
      after: { id, claims: after.claims, scopes: after.scopes },
    }),
  ]);
  const [found] = (changed?.rows ?? []) as RowOf<"federation_rules">[];
  if (!found)
    throw new HubError("conflict", "the rule has been changed or deleted in the meantime; look again");
  return fromRow(found);
}

/** Jobs get no registry tokens by it from now on. @throws HubError `not-found`, `denied`. */
export async function deleteFederationRule(context: AuthContext, actor: SignedIn, id: string): Promise<void> {
  const { db, clock } = context;
  const { row, owner } = await findRule(context, actor, id);
  const { issuer, claims, scopes } = fromRow(row);
  await db.batch([
    db.query.deleteFrom("federation_rules").where("id", "=", id),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: owner.id,
      action: "federation-rule.delete",
      target: `${owner.name}+${row.name}`,
      before: { id, issuer, claims, scopes },
    }),
  ]);
}

type CheckedRule = Omit<NewFederationRule, "name">;

function checkRule(context: AuthContext, actor: SignedIn, owner: Owner, rule: CheckedRule): void {
  const { issuer, claims } = rule;
  if (!federationIssuers(context).includes(issuer))
    throw new HubError(
      "invalid",
      `"${issuer.slice(0, 200)}" is none of the issuers that this hub knows: ${federationIssuers(context).join(", ")}; its operator can add to them`,
    );
  checkClaims(issuer, claims);
  const scopes = ScopeSet.read(rule.scopes);
  requireOnlyRepositories(scopes);
  const outside = scopes.repositoryPatterns.find((pattern) => !coversPattern(`${owner.name}/**`, pattern));
  if (outside !== undefined)
    throw new HubError(
      "invalid",
      `the pattern "${outside}" reaches beyond ${owner.name}/, where the rule acts; write it as ${owner.name}/**, or narrower`,
    );
  refuseWider(actor, scopes, null);
}

async function findRule(context: AuthContext, actor: SignedIn, id: string) {
  const absent = new HubError("not-found", `there is no rule for CI "${id.slice(0, 64)}"`);
  const row = await context.db.query
    .selectFrom("federation_rules")
    .leftJoin("organizations", "organizations.id", "federation_rules.organization_id")
    .selectAll("federation_rules")
    .select("organizations.name as organization")
    .where("federation_rules.id", "=", id)
    .executeTakeFirst();
  if (!row) throw absent;
  const held = { userId: row.user_id, organization: row.organization };
  return { row, owner: await requireOwnerBehind(context, actor, held, "robot", absent) };
}

function fromRow(row: RowOf<"federation_rules">): FederationRule {
  return {
    id: row.id,
    name: row.name,
    issuer: row.issuer,
    claims: JSON.parse(row.claims) as Record<string, string>,
    scopes: JSON.parse(row.scopes) as string[],
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
