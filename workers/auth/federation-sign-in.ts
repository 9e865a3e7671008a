import { decodeJwt, errors, jwtVerify, type JWTPayload } from "jose";
import { hour, second } from "../platform/clock.ts";
import { HubError } from "../shared/errors.ts";
import type { Machine } from "./access.ts";
import { ChallengeError } from "./challenge.ts";
import type { AuthContext } from "./context.ts";
import { countFailure } from "./failures.ts";
import { matchesClaims, type ClaimPatterns } from "./federation-claims.ts";
import { clockTolerance } from "./registry-tokens.ts";
import { ScopeSet } from "./scopes.ts";

/** In characters. GitHub's have about 2,000. */
const maximumLength = 16 * 1024;

/** Whether a password is meant as an id_token: a JWT starts with `{"` in base64url, and no access token does. */
export function isIdToken(text: string): boolean {
  return text.startsWith("eyJ") && text.length <= maximumLength && text.split(".").length === 3;
}

/**
 * Who a job of CI is: a machine with the scopes of the rules that its id_token meets (OpenID Connect Core 1.0, section 3.1.3.7). The
 * same id_token is taken as often as it is sent until it expires: docker sends it with every request for a registry token.
 *
 * @param account the namespace to work in, or `<namespace>+<rule>` for one rule of it
 * @throws ChallengeError saying what is wrong with the id_token; HubError `too-many`, `unavailable` (the issuer's keys cannot be had).
 */
export async function signInWithIdToken(
  context: AuthContext,
  request: Request,
  account: string,
  text: string,
): Promise<Machine> {
  const address = context.clientAddress(request);
  try {
    const claims = await verify(context, text);
    return await machineOf(context, account, claims, address);
  } catch (error) {
    if (error instanceof IdTokenRefused) {
      await countFailure(context, { address, account });
      throw new ChallengeError(error.message, `Basic realm="${audiencesOf(context)[1]}",charset="UTF-8"`);
    }
    throw error;
  }
}

class IdTokenRefused extends Error {}

/**
 * What an id_token must be made for: the hub's origin, or its host. It is a setting: were it what the request says, a token for another
 * service could be used here by naming that in `Host`.
 */
function audiencesOf({ publicOrigin }: AuthContext): [string, string] {
  if (publicOrigin === undefined)
    throw new HubError(
      "invalid",
      "this hub takes no id_tokens, because its operator has set no PUBLIC_URL, which is what they have to be made for",
    );
  return [publicOrigin, new URL(publicOrigin).host];
}

async function verify(context: AuthContext, text: string): Promise<JWTPayload> {
  const audience = audiencesOf(context);
  const issuer = issuerOf(text);
  if (issuer === undefined || !context.issuers.issuers.includes(issuer))
    throw new IdTokenRefused(
      `the id_token is of "${String(issuer).slice(0, 200)}", which is none of the issuers that this hub knows: ${context.issuers.issuers.join(", ")}`,
    );
  try {
    const { payload } = await jwtVerify(text, context.issuers.of(issuer), {
      // None of them is of a shared secret: a public key cannot be taken for one.
      algorithms: ["RS256", "ES256"],
      issuer,
      audience,
      requiredClaims: ["sub", "aud", "exp", "iat"],
      maxTokenAge: hour / second,
      clockTolerance,
      currentDate: new Date(context.clock.now()),
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) throw new IdTokenRefused(describe(error, audience));
    throw error;
  }
}

function issuerOf(text: string): string | undefined {
  try {
    return decodeJwt(text).iss;
  } catch {
    return undefined;
  }
}

function describe(error: errors.JOSEError, audience: readonly string[]): string {
  if (error instanceof errors.JWTExpired) return "the id_token has expired; get a new one in the same job";
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === "aud"
      ? `the id_token was made for another audience; ask for one with the audience ${audience[0]}`
      : `the claim "${error.claim}" of the id_token does not hold`;
  return "the id_token cannot be verified with the keys of its issuer";
}

async function machineOf(
  context: AuthContext,
  account: string,
  claims: JWTPayload,
  address: string | undefined,
): Promise<Machine> {
  const [namespace = "", rule] = account.toLowerCase().split("+", 2);
  const rows = await findRules(context, namespace, claims.iss ?? "");
  const met = rows.filter(
    ({ name, claims: asked }) =>
      (rule === undefined || name === rule) && matchesClaims(JSON.parse(asked) as ClaimPatterns, claims),
  );
  const [first] = met;
  if (!first)
    throw new IdTokenRefused(
      `no rule for CI of "${account.slice(0, 100)}" is met by this id_token, whose subject is "${String(claims.sub).slice(0, 300)}"; look at the claims that the rules ask for`,
    );
  noteUse(context, met);
  const names = met.map(({ name }) => name).join(",");
  return {
    kind: "machine",
    name: `${first.owner_name}+${names}`,
    owner: { kind: first.kind, id: first.owner_id, name: first.owner_name },
    token: {
      id: first.id,
      kind: "robot",
      name: names,
      scopes: scopesOf(met.map(({ scopes }) => JSON.parse(scopes) as string[])),
      since: (claims.iat ?? 0) * second,
      expiresAt: (claims.exp ?? 0) * second,
    },
    address,
  };
}

/** Rights add up, as everywhere. */
function scopesOf(scopes: string[][]): ScopeSet {
  const all = [...new Set(scopes.flat())];
  if (all.length > ScopeSet.maximum)
    throw new IdTokenRefused(
      `the rules for CI that this id_token meets have ${all.length} scopes together, ${ScopeSet.maximum} is the most; name one rule, as <namespace>+<rule>`,
    );
  return ScopeSet.read(all);
}

/** Rules of whoever the namespace belongs to, also by an old name of it. */
async function findRules({ db }: AuthContext, namespace: string, issuer: string) {
  const rows = await db.query
    .selectFrom("namespaces")
    .innerJoin("federation_rules", (join) =>
      join.on((is) =>
        is.or([
          is("federation_rules.user_id", "=", is.ref("namespaces.owner_id")),
          is("federation_rules.organization_id", "=", is.ref("namespaces.owner_id")),
        ]),
      ),
    )
    .leftJoin("users", "users.id", "namespaces.owner_id")
    .leftJoin("organizations", "organizations.id", "namespaces.owner_id")
    .selectAll("federation_rules")
    .select(["namespaces.kind", "namespaces.owner_id"])
    .select((is) => is.fn.coalesce("users.name", "organizations.name").as("owner_name"))
    .where("namespaces.name", "=", namespace)
    .where("federation_rules.issuer", "=", issuer)
    .orderBy("federation_rules.created_at")
    .orderBy("federation_rules.id")
    .execute();
  return rows.map((row) => ({ ...row, owner_name: row.owner_name ?? namespace }));
}

/** Writes when rules were used, once an hour, behind the answer. */
function noteUse(
  { db, clock, background }: AuthContext,
  rules: readonly { id: string; last_used_at: number | null }[],
): void {
  const now = clock.now();
  const thisHour = now - (now % hour);
  const due = rules.filter(({ last_used_at: at }) => at === null || at < thisHour).map(({ id }) => id);
  if (due.length === 0) return;
  background(
    db.query
      .updateTable("federation_rules")
      .set({ last_used_at: thisHour })
      .where("id", "in", due.slice(0, 50))
      .execute(),
  );
}
