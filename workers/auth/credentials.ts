import { isAccessTokenText } from "../shared/access-token.ts";
import type { SignedIn } from "./access.ts";
import { addressOf, ChallengeError } from "./challenge.ts";
import type { AuthContext } from "./context.ts";
import { countFailure } from "./failures.ts";
import { signIn, type Entered } from "./token-sign-in.ts";

/** What podman and skopeo write as the user name of an identity token: the token itself says whose it is. */
const anyUser = "<token>";

/**
 * Who an access token signs in, when it is theirs: the name may differ in case. An organization's token goes with its name.
 *
 * @param repositories names of those that the caller wants to know about (`Entered.standings`)
 * @throws ChallengeError with the same words whether the user is unknown or the token is wrong; HubError `too-many` in its place when that
 *   has happened too often.
 */
export async function signInAs(
  context: AuthContext,
  request: Request,
  username: string,
  password: string,
  repositories: readonly string[] = [],
): Promise<Entered> {
  const entered = await signIn(context, password, context.clientAddress(request), repositories);
  if (
    entered &&
    (username === anyUser || (await isNameOf(context, entered.principal, username.toLowerCase())))
  )
    return entered;
  throw await wrongCredentials(context, request, username, password);
}

/** @throws ChallengeError when the token is wrong; HubError `too-many`, as `signInAs`. */
export async function signInWith(
  context: AuthContext,
  request: Request,
  accessToken: string,
  repositories: readonly string[] = [],
): Promise<Entered> {
  const entered = await signIn(context, accessToken, context.clientAddress(request), repositories);
  if (!entered) throw await wrongCredentials(context, request, undefined, accessToken);
  return entered;
}

/**
 * Who sends a request to the JSON API: `Authorization: Bearer <access token>`, or Basic with the user name and an access token.
 *
 * @throws ChallengeError without credentials, or with wrong ones.
 */
export async function requirePrincipal(context: AuthContext, request: Request): Promise<SignedIn> {
  const header = request.headers.get("Authorization") ?? "";
  if (/^bearer /i.test(header))
    return (await signInWith(context, request, header.slice("bearer ".length).trim())).principal;
  const basic = readBasic(context, request);
  if (basic) return (await signInAs(context, request, basic.username, basic.password)).principal;
  throw new ChallengeError(
    "this needs an account: send an access token as `Authorization: Bearer <token>`",
    basicChallenge(context, request),
  );
}

/**
 * The credentials of HTTP Basic authentication (RFC 7617); undefined when no Authorization is sent.
 *
 * @throws ChallengeError when it is of another scheme, or cannot be read.
 */
export function readBasic(
  context: AuthContext,
  request: Request,
): { username: string; password: string } | undefined {
  const header = request.headers.get("Authorization");
  if (header === null) return undefined;
  const pair = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(header)?.[1];
  const text = pair === undefined ? undefined : decode(pair);
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon < 0)
    throw new ChallengeError(
      "the Authorization header cannot be read; send Basic with a user name and an access token",
      basicChallenge(context, request),
    );
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decode(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Robots sign in by their own name or by that of their namespace, organizations' tokens by the organization's. Where machines have been set
 * up under an old name of the namespace, they go on.
 */
async function isNameOf({ db }: AuthContext, principal: SignedIn, name: string): Promise<boolean> {
  if (name === principal.name.toLowerCase()) return true;
  if (principal.kind !== "machine") return false;
  const { owner } = principal;
  if (name === owner.name.toLowerCase()) return true;
  const [namespace = "", ...own] = name.split("+");
  if (own.length > 0 && `${owner.name}+${own.join("+")}`.toLowerCase() !== principal.name.toLowerCase())
    return false;
  const held = db.query.selectFrom("namespaces").select("name").where("name", "=", namespace);
  return (await held.where("owner_id", "=", owner.id).executeTakeFirst()) !== undefined;
}

/** What is no access token was likely meant as the password of the account, which docker's files are no place for. */
async function wrongCredentials(
  context: AuthContext,
  request: Request,
  account: string | undefined,
  given: string,
): Promise<ChallengeError> {
  await countFailure(context, { address: context.clientAddress(request), account });
  const { origin } = addressOf(context, request);
  const message = isAccessTokenText(given)
    ? "the user name or the access token is wrong, or the token has expired or been revoked"
    : `this takes an access token, not the password of your account: make one at ${origin}/settings/tokens and use it as the password`;
  return new ChallengeError(message, basicChallenge(context, request));
}

function basicChallenge(context: AuthContext, request: Request): string {
  return `Basic realm="${addressOf(context, request).service}",charset="UTF-8"`;
}
