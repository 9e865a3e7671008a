import * as oauth from "oauth4webapi";
import { hour } from "../platform/clock.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import type { Provider } from "./providers.ts";

/** How long a provider may take over one request, in milliseconds. */
const deadline = 10_000;

/** What is remembered of a sign-in while the browser is at the provider. */
export interface Exchange {
  state: string;
  nonce: string;
  /** Of PKCE (RFC 7636). */
  verifier: string;
}

/** An account elsewhere, as its provider tells of it. */
export interface ForeignAccount {
  /** The provider's own, lasting id. */
  subject: string;
  /** What it is called there. */
  label: string;
  email: string | undefined;
  /** The provider has seen that the account reads the mail of its address. */
  emailVerified: boolean;
}

export function newExchange(): Exchange {
  return {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
  };
}

/** Where the browser goes to sign in there (OAuth 2.0 authorization code with PKCE, and OpenID Connect). */
export async function authorizationUrl(
  context: AccountsContext,
  provider: Provider,
  redirectUri: string,
  { state, nonce, verifier }: Exchange,
): Promise<string> {
  const server = await serverOf(context, provider);
  if (!server.authorization_endpoint) throw unavailable(provider, "it names no authorization endpoint");
  const url = new URL(server.authorization_endpoint);
  const parameters = {
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: isGitHub(provider) ? "read:user user:email" : "openid profile email",
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...(isGitHub(provider) ? {} : { nonce }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/**
 * The account that signed in, from what the browser came back with. The code is exchanged straight with the provider, over TLS, so what
 * it says of the account needs no signature (OpenID Connect Core, section 3.1.3.7).
 *
 * @throws HubError `denied` when the answer is not one to this exchange; `unavailable`.
 */
export async function exchangeCode(
  context: AccountsContext,
  provider: Provider,
  redirectUri: string,
  exchange: Exchange,
  callback: URL,
): Promise<ForeignAccount> {
  const server = await serverOf(context, provider);
  const client = { client_id: provider.clientId };
  try {
    const parameters = oauth.validateAuthResponse(server, client, callback, exchange.state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.ClientSecretPost(provider.clientSecret),
      parameters,
      redirectUri,
      exchange.verifier,
      requestOptions(context),
    );
    if (isGitHub(provider)) {
      const { access_token } = await oauth.processAuthorizationCodeResponse(server, client, response);
      return await gitHubAccount(context, access_token);
    }
    const answer = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: exchange.nonce,
      requireIdToken: true,
    });
    return accountOf(oauth.getValidatedIdTokenClaims(answer));
  } catch (cause) {
    if (cause instanceof HubError) throw cause;
    throw new HubError("denied", `signing in with ${provider.label} did not work; begin again`, { cause });
  }
}

function accountOf(claims: oauth.IDToken | undefined): ForeignAccount {
  if (!claims) throw new Error("there is no id_token");
  const text = (name: string) => {
    const value = claims[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const email = text("email");
  return {
    subject: claims.sub,
    label: text("preferred_username") ?? text("nickname") ?? email ?? text("name") ?? claims.sub,
    email,
    emailVerified: claims["email_verified"] === true,
  };
}

/** GitHub's own way (REST API, "Users"): the address is the primary one. */
async function gitHubAccount({ fetch }: AccountsContext, accessToken: string): Promise<ForeignAccount> {
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(`https://api.github.com${path}`, {
      headers: {
        Authorization: `Bearer ${accessToken}`,
        Accept: "application/vnd.github+json",
        "User-Agent": "wherry",
      },
      redirect: "manual",
      signal: AbortSignal.timeout(deadline),
    });
    if (!response.ok) throw new Error(`GitHub answered ${response.status} to ${path}`);
    return response.json();
  };
  const user = (await get("/user")) as { id?: unknown; login?: unknown };
  if (typeof user.id !== "number" || typeof user.login !== "string")
    throw new Error("GitHub names no account");
  const emails = (await get("/user/emails")) as { email?: unknown; primary?: unknown; verified?: unknown }[];
  const primary = Array.isArray(emails) ? emails.find((each) => each.primary === true) : undefined;
  const email = typeof primary?.email === "string" ? primary.email : undefined;
  return {
    subject: String(user.id),
    label: user.login,
    email,
    emailVerified: email !== undefined && primary?.verified === true,
  };
}

/** Where a provider's endpoints are: what it says itself (OpenID Connect Discovery), asked once an hour. */
async function serverOf(context: AccountsContext, provider: Provider): Promise<oauth.AuthorizationServer> {
  if (isGitHub(provider))
    return {
      issuer: provider.issuer,
      authorization_endpoint: "https://github.com/login/oauth/authorize",
      token_endpoint: "https://github.com/login/oauth/access_token",
    };
  const { discovered, clock } = context;
  const known = discovered.get(provider.id);
  if (known && known.at > clock.now() - hour) return known.server;
  try {
    const issuer = new URL(provider.issuer);
    const response = await oauth.discoveryRequest(issuer, requestOptions(context));
    // Refuses one that calls itself another issuer.
    const server = await oauth.processDiscoveryResponse(issuer, response);
    discovered.set(provider.id, { at: clock.now(), server });
    return server;
  } catch (cause) {
    throw unavailable(provider, "its configuration cannot be read", cause);
  }
}

function requestOptions({ fetch }: AccountsContext) {
  return {
    [oauth.customFetch]: (
      url: string,
      { body, ...init }: oauth.CustomFetchOptions<string, BodyInit | undefined>,
    ) => fetch(url, body === undefined ? init : { ...init, body }),
    signal: () => AbortSignal.timeout(deadline),
  };
}

function isGitHub({ id }: Provider): boolean {
  return id === "github";
}

function unavailable({ label }: Provider, reason: string, cause?: unknown): HubError {
  return new HubError("unavailable", `${label} cannot be used to sign in now: ${reason}; try again`, {
    cause,
  });
}
