import { z } from "zod";
import { ChallengeError, addressOf, signInAs, type AuthContext } from "../auth/index.ts";
import { check } from "../platform/validate.ts";
import { createLoginToken } from "./login-tokens.ts";

const credentials = z.object({ username: z.string().max(300), password: z.string().max(1000) });
/** The same, in newer clients. */
const identification = z.object({ identifier: z.string().max(300), secret: z.string().max(1000) });

/**
 * `/v2/users/login`: an access token as the password. What is to refresh the login is the access token itself.
 *
 * @throws ChallengeError for a wrong access token and for the password of an account, in the words of `/token`; HubError `invalid`, `too-many`.
 */
export async function logIn(
  auth: AuthContext,
  request: Request,
  body: unknown,
): Promise<{ token: string; refresh_token: string }> {
  const { username, password } = check("body", credentials, body);
  return { token: await tokenFor(auth, request, username, password), refresh_token: password };
}

/** `/v2/auth/token`. @throws as `logIn` */
export async function fetchToken(
  auth: AuthContext,
  request: Request,
  body: unknown,
): Promise<{ access_token: string }> {
  const { identifier, secret } = check("body", identification, body);
  return { access_token: await tokenFor(auth, request, identifier, secret) };
}

/** `/v2/users/2fa-login`: no login here asks for a second factor, so there is none to go on with. */
export function refuseSecondFactor(auth: AuthContext, request: Request): never {
  const { origin } = addressOf(auth, request);
  throw new ChallengeError(
    `a login with an access token has no second step; make a token at ${origin}/settings/tokens and log in with it as the password`,
    "Bearer",
  );
}

async function tokenFor(
  auth: AuthContext,
  request: Request,
  name: string,
  accessToken: string,
): Promise<string> {
  const { principal } = await signInAs(auth, request, name, accessToken);
  return createLoginToken(auth, request, accessToken, principal.name);
}
