import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { second } from "../platform/clock.ts";
import { actions, decide, reasons, subjectOf, type Action, type Principal, type Reason } from "./access.ts";
import type { AuthContext } from "./context.ts";
import { viewerOf } from "./readable.ts";
import { standingsOf, unknownRepository, type FoundRepository } from "./standings.ts";
import type { RequestedScopes } from "./token-scopes.ts";
import type { VerifiedToken } from "./verified-tokens.ts";

/** How long a registry token lives, in seconds: also how long a right that was taken away can still be used on `/v2`. */
export const tokenLifetime = 300;

/** How far the clocks of two machines may be apart, in seconds: a token is not refused as coming from the future. */
export const clockTolerance = 10;

/**
 * Registry tokens: JWTs that say what their bearer may do on `/v2`, so that `/v2` reads no table of users. Besides the granted actions
 * (Distribution, "Token Authentication Implementation") an entry says what was asked for and refused, and why, so that the refusal
 * can be answered with a reason and not with another challenge.
 */
const reason = z.enum(reasons);

const repositoryEntry = z.object({
  type: z.literal("repository"),
  name: z.string(),
  actions: z.array(z.enum(actions)),
  refused: z.partialRecord(z.enum(actions), reason).optional(),
  publicOnly: z.boolean().optional(),
  createOnly: z.boolean().optional(),
  creation: z.boolean().optional(),
  moved: z.string().optional(),
});

const viewer = z.object({
  kind: z.enum(["anonymous", "user", "machine"]),
  id: z.string(),
  administrator: z.boolean(),
  twoFactor: z.boolean(),
  tokenSince: z.number().nullable(),
  patterns: z.array(z.string()),
});

const catalogEntry = z.object({
  type: z.literal("registry"),
  name: z.literal("catalog"),
  actions: z.array(z.literal("*")),
  refused: reason.optional(),
  viewer: viewer.optional(),
});

const claims = z.object({
  sub: z.string(),
  aud: z.string(),
  exp: z.number(),
  /** Name of the user or machine; none for anonymous. */
  account: z.string().optional(),
  /** Who looks for blobs to mount; on tokens that grant a push. */
  mounts: viewer.optional(),
  access: z.array(z.discriminatedUnion("type", [repositoryEntry, catalogEntry])),
});

type RepositoryEntry = z.infer<typeof repositoryEntry>;
type CatalogEntry = z.infer<typeof catalogEntry>;

/**
 * Signs a token with everything of `requested` that the policy allows. Reads what the principal is to all repositories in one statement.
 *
 * @param service name of the registry (its host): the token is good for no other.
 * @param known what the principal is to them, when that has been read already
 */
export async function issueRegistryToken(
  context: AuthContext,
  principal: Principal,
  service: string,
  requested: RequestedScopes,
  known?: ReadonlyMap<string, FoundRepository>,
): Promise<{ token: string; issuedAt: Date }> {
  const standings = known ?? (await standingsOf(context, principal, [...requested.repositories.keys()]));
  const repositories = decideRepositories(context, principal, requested, standings);
  const access = [...repositories, ...(requested.catalog ? [decideCatalog(principal)] : [])];
  // Clients that mount ask for a token for the target alone, or name no source at all.
  const pushes = repositories.some((entry) => entry.actions.includes("push"));
  const mounts = pushes ? viewerOf(principal) : undefined;
  const { kid, privateKey } = await context.keys.signer();
  const issuedAt = Math.floor(context.clock.now() / second);
  const account = principal.kind === "anonymous" ? {} : { account: principal.name };
  const token = await new SignJWT({ ...account, ...(mounts ? { mounts } : {}), access })
    .setProtectedHeader({ alg: "ES256", typ: "JWT", kid })
    .setIssuer(service)
    .setAudience(service)
    .setSubject(subjectOf(principal))
    .setJti(crypto.randomUUID())
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt - clockTolerance)
    .setExpirationTime(issuedAt + tokenLifetime)
    .sign(privateKey);
  return { token, issuedAt: new Date(issuedAt * second) };
}

function decideRepositories(
  context: AuthContext,
  principal: Principal,
  { repositories }: RequestedScopes,
  standings: ReadonlyMap<string, FoundRepository>,
): RepositoryEntry[] {
  const now = context.clock.now();
  return [...repositories].map(([name, asked]) => {
    const repository = standings.get(name) ?? unknownRepository(name);
    const granted: Action[] = [];
    const refused: Partial<Record<Action, Reason>> = {};
    let publicOnly = false;
    let createOnly = false;
    let creation = false;
    let moved: string | undefined;
    for (const action of asked) {
      const decision = decide(principal, repository, action, now);
      if (!decision.allow) refused[action] = decision.reason;
      // Nothing is written under an old name; and the name may be another repository's before the token expires.
      else if (action !== "pull" && repository.name !== name) moved = repository.name;
      else {
        granted.push(action);
        publicOnly ||= decision.publicOnly;
        createOnly ||= decision.createOnly;
        creation ||= decision.source?.type === "creation";
      }
    }
    return {
      type: "repository",
      name,
      actions: granted,
      ...(Object.keys(refused).length > 0 ? { refused } : {}),
      ...(publicOnly ? { publicOnly } : {}),
      ...(createOnly ? { createOnly } : {}),
      ...(creation ? { creation } : {}),
      ...(moved === undefined ? {} : { moved }),
    };
  });
}

/** Everybody may list what they may pull; which names that are is the scope. */
function decideCatalog(principal: Principal): CatalogEntry {
  const entry = { type: "registry", name: "catalog" } as const;
  const found = viewerOf(principal);
  return found
    ? { ...entry, actions: ["*"], viewer: found }
    : { ...entry, actions: [], refused: "token-scopes" };
}

/** What a token says, when this hub signed it for `service` and it has not expired; undefined for anything else. */
export async function verifyRegistryToken(
  context: AuthContext,
  service: string,
  text: string,
): Promise<VerifiedToken | undefined> {
  const now = context.clock.now();
  const known = context.verified.get(text, now);
  if (known) return known.audience === service ? known : undefined;
  try {
    const { payload } = await jwtVerify(text, async (header) => findVerifier(context, header.kid), {
      algorithms: ["ES256"],
      typ: "JWT",
      issuer: service,
      audience: service,
      requiredClaims: ["sub", "exp", "nbf", "iat", "jti"],
      currentDate: new Date(now),
    });
    const token = readClaims(claims.parse(payload));
    context.verified.set(text, token);
    return token;
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

async function findVerifier({ keys }: AuthContext, kid: string | undefined): Promise<CryptoKey> {
  const key = kid === undefined ? undefined : await keys.verifier(kid);
  if (!key) throw new errors.JWKSNoMatchingKey();
  return key;
}

function readClaims({ sub, aud, exp, account, mounts, access }: z.infer<typeof claims>): VerifiedToken {
  const catalog = access.find((entry) => entry.type === "registry");
  return {
    subject: sub,
    account,
    audience: aud,
    expiresAt: exp * second,
    repositories: new Map(
      access
        .filter((entry) => entry.type === "repository")
        .map(({ name, actions: granted, refused = {}, ...rests }) => [
          name,
          {
            granted,
            refused,
            publicOnly: rests.publicOnly ?? false,
            createOnly: rests.createOnly ?? false,
            creation: rests.creation ?? false,
            moved: rests.moved,
          },
        ]),
    ),
    catalog: catalog?.viewer ?? catalog?.refused,
    mounts,
  };
}
