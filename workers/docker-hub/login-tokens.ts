import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { addressOf, type AuthContext } from "../auth/index.ts";
import { hour, second } from "../platform/clock.ts";

/*
 * What a login gives in Docker Hub's API is a JWT, whose expiry clients read. Ours carries the access token that it was made with, sealed,
 * and each request signs in by that: so it can do no more than the access token may now, and is over with it.
 */

/** How long one lasts, in milliseconds. */
const loginLifetime = hour;

const sealedAs = "docker hub login";
const claims = z.object({ cred: z.string() });

/**
 * @param accessToken that has just signed somebody in
 * @param username how they are called
 */
export async function createLoginToken(
  auth: AuthContext,
  request: Request,
  accessToken: string,
  username: string,
): Promise<string> {
  const issuer = issuerOf(auth, request);
  const { kid, privateKey } = await auth.keys.signer();
  const now = Math.floor(auth.clock.now() / second);
  return (
    new SignJWT({ username, cred: await auth.secret.seal(sealedAs, accessToken) })
      .setProtectedHeader({ alg: "ES256", typ: "JWT", kid })
      .setIssuer(issuer)
      // No registry token has it, and so is neither taken for the other.
      .setAudience(`${issuer}/v2/users/login`)
      .setSubject(username)
      .setJti(crypto.randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + loginLifetime / second)
      .sign(privateKey)
  );
}

/** Whether it has the form of a JWT: no access token has. */
export function isLoginToken(text: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

/** The access token in a login; undefined when it is none of this hub's, or has expired. */
export async function openLoginToken(
  auth: AuthContext,
  request: Request,
  text: string,
): Promise<string | undefined> {
  const issuer = issuerOf(auth, request);
  try {
    const { payload } = await jwtVerify(text, async ({ kid }) => verifierOf(auth, kid), {
      algorithms: ["ES256"],
      typ: "JWT",
      issuer,
      audience: `${issuer}/v2/users/login`,
      requiredClaims: ["sub", "exp"],
      currentDate: new Date(auth.clock.now()),
    });
    return await auth.secret.open(sealedAs, claims.parse(payload).cred);
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

async function verifierOf({ keys }: AuthContext, kid: string | undefined): Promise<CryptoKey> {
  const key = kid === undefined ? undefined : await keys.verifier(kid);
  if (!key) throw new errors.JWKSNoMatchingKey();
  return key;
}

function issuerOf(auth: AuthContext, request: Request): string {
  return addressOf(auth, request).service;
}
