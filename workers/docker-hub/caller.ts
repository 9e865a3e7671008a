import {
  anonymous,
  authenticate,
  ChallengeError,
  requirePrincipal,
  signInWith,
  viewerOf,
  type AuthContext,
  type Principal,
  type Viewer,
} from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import { isLoginToken, openLoginToken } from "./login-tokens.ts";

/** Docker Hub's own word for it is JWT; its newer clients, and everybody else, say Bearer. */
const bearer = /^(?:bearer|jwt) +(\S+)$/i;

/**
 * Who sends a request to Docker Hub's API: what a login gave, an access token, or Basic with a user name and an access token. Nobody
 * without any of them.
 *
 * @throws ChallengeError for credentials that are wrong, or over; HubError `too-many` when that has happened too often.
 */
export async function callerOf(auth: AuthContext, request: Request): Promise<Principal> {
  const header = request.headers.get("Authorization");
  if (header === null) return anonymous;
  const [, text] = bearer.exec(header) ?? [];
  if (text === undefined) return requirePrincipal(auth, request);
  if (!isLoginToken(text)) return (await signInWith(auth, request, text)).principal;
  const accessToken = await openLoginToken(auth, request, text);
  if (accessToken === undefined)
    throw new ChallengeError("the login has expired, or is none of this hub; log in again", "Bearer");
  return (await signInWith(auth, request, accessToken)).principal;
}

/**
 * Who searches by `/v1/search`: as in `callerOf`, or with a registry token for `registry:catalog:search`, which docker fetches when it has an
 * identity token.
 *
 * @throws as `callerOf`; HubError `denied` to a token that may not pull.
 */
export async function searcherOf(auth: AuthContext, request: Request): Promise<Viewer> {
  const [, text] = bearer.exec(request.headers.get("Authorization") ?? "") ?? [];
  if (text !== undefined && isLoginToken(text)) return (await authenticate(auth, request)).requireCatalog();
  return requireViewer(await callerOf(auth, request));
}

/** @throws HubError `denied` */
export function requireViewer(principal: Principal): Viewer {
  const viewer = viewerOf(principal);
  if (!viewer)
    throw new HubError(
      "denied",
      `the access token that ${principal.kind === "anonymous" ? "nobody" : principal.name} signed in with lacks the scope "pull", so it may not search; use one that has it`,
    );
  return viewer;
}
