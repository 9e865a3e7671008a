import { Hono, type Context } from "hono";
import { headersOf, logFailure, statusOf } from "../platform/http-errors.ts";
import { readForm } from "../platform/validate.ts";
import { HubError } from "../shared/errors.ts";
import { anonymous, namespaceOf, type Principal } from "./access.ts";
import { addressOf } from "./challenge.ts";
import { readBasic, signInAs, signInWith } from "./credentials.ts";
import { fetchDeviceToken, type DeviceAnswer } from "./device-token.ts";
import { countFailure } from "./failures.ts";
import { isIdToken, signInWithIdToken } from "./federation-sign-in.ts";
import type { AuthContext } from "./context.ts";
import type { AuthEnv } from "./request.ts";
import { issueRegistryToken, tokenLifetime } from "./registry-tokens.ts";
import { parseScopes, type RequestedScopes } from "./token-scopes.ts";
import type { Entered } from "./token-sign-in.ts";

/** `/token`: where clients of `/v2` exchange an access token, or nothing, for a registry token. */
export const tokenRoutes = new Hono<AuthEnv>();

/**
 * Distribution, "Token Authentication Specification": Basic credentials, or none for an anonymous token. `service`, `account`, `client_id` and
 * `offline_token` change nothing: a token is always for this registry and for whoever the credentials say.
 */
tokenRoutes.get("/token", async (c) => {
  const auth = c.get("auth");
  const requested = parseScopes(c.req.queries("scope") ?? []);
  const basic = readBasic(auth, c.req.raw);
  const entered = basic
    ? await signInBy(auth, c.req.raw, basic.username, basic.password, requested)
    : { principal: anonymous };
  return answerToken(c, entered, requested);
});

/**
 * Distribution, "OAuth2 Token Authentication". The refresh token (docker's "identity token") is the access token itself, so that to
 * revoke the one is to revoke the other.
 */
tokenRoutes.post("/token", async (c) => {
  const auth = c.get("auth");
  const form = await readForm(c.req.raw);
  const requested = parseScopes(form.getAll("scope"));
  switch (form.get("grant_type")) {
    case "refresh_token": {
      const refreshToken = required(form, "refresh_token");
      const entered = await signInWith(auth, c.req.raw, refreshToken, namesIn(requested));
      return answerToken(c, entered, requested, { refresh_token: refreshToken });
    }
    case "password": {
      const password = required(form, "password");
      const entered = await signInBy(auth, c.req.raw, required(form, "username"), password, requested);
      // An id_token expires with its job: nothing to keep.
      const keep = form.get("access_type") === "offline" && !isIdToken(password);
      return answerToken(c, entered, requested, keep ? { refresh_token: password } : {});
    }
    case tokenExchange:
      return exchangeIdToken(c, form, requested);
    case deviceCode:
      return answerDevice(c, required(form, "device_code"));
    default:
      throw new OAuthError(
        "unsupported_grant_type",
        `grant_type "${(form.get("grant_type") ?? "").slice(0, 80)}" is not one of password, refresh_token, ${tokenExchange}, ${deviceCode}`,
      );
  }
});

const tokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
const deviceCode = "urn:ietf:params:oauth:grant-type:device_code";
const tokenType = "urn:ietf:params:oauth:token-type:";

/** A person, a machine or a job of CI, by what it sends as its password. */
async function signInBy(
  auth: AuthContext,
  request: Request,
  name: string,
  password: string,
  requested: RequestedScopes,
): Promise<Who> {
  return isIdToken(password)
    ? { principal: await signInWithIdToken(auth, request, name, password) }
    : signInAs(auth, request, name, password, namesIn(requested));
}

/** With or without what they are to the repositories in question. */
type Who = { principal: Principal } & Partial<Pick<Entered, "standings">>;

function namesIn({ repositories }: RequestedScopes): string[] {
  return [...repositories.keys()];
}

/** RFC 8693: an id_token of CI for a registry token. `client_id` is the namespace, or else that of the first scope. */
async function exchangeIdToken(
  c: Context<AuthEnv>,
  form: URLSearchParams,
  requested: RequestedScopes,
): Promise<Response> {
  const type = form.get("subject_token_type") ?? "";
  if (type !== `${tokenType}id_token` && type !== `${tokenType}jwt`)
    throw new OAuthError(
      "invalid_request",
      `subject_token_type is "${type.slice(0, 80)}"; it is ${tokenType}id_token`,
    );
  const [asked = ""] = namesIn(requested);
  const namespace = form.get("client_id") ?? namespaceOf(asked);
  if (namespace === "")
    throw new OAuthError("invalid_request", "say whose namespace it is for, as client_id or by a scope");
  const idToken = required(form, "subject_token");
  const principal = await signInWithIdToken(c.get("auth"), c.req.raw, namespace, idToken);
  return answerToken(c, { principal }, requested, { issued_token_type: `${tokenType}access_token` });
}

const deviceErrors: Record<Exclude<DeviceAnswer["state"], "approved">, string> = {
  authorization_pending: "nobody has answered yet; ask again in 5 s",
  slow_down: "that was too soon; ask again in 5 s, and 5 s later than before each time",
  access_denied: "the request was refused in the browser",
  expired_token: "nobody answered in time; start again",
  invalid_grant: "there is no such request, or its token has been fetched",
};

/** RFC 8628, section 3.4: the access token that somebody approved. It is also what docker keeps as its identity token. */
async function answerDevice(c: Context<AuthEnv>, code: string): Promise<Response> {
  const auth = c.get("auth");
  const found = await fetchDeviceToken(auth, code);
  if (found.state === "invalid_grant")
    await countFailure(auth, { address: auth.clientAddress(c.req.raw), account: undefined });
  if (found.state !== "approved") throw new OAuthError(found.state, deviceErrors[found.state]);
  const { token, user } = found;
  const body = { access_token: token, refresh_token: token, token_type: "Bearer", name: user };
  return c.json(body, 200, { "Cache-Control": "no-store" });
}

/** Public keys that verify registry tokens (RFC 7517). */
tokenRoutes.get("/.well-known/jwks.json", async (c) => {
  const keys = await c.get("auth").keys.publicKeys();
  return c.json({ keys }, 200, { "Cache-Control": `public, max-age=${tokenLifetime}` });
});

tokenRoutes.onError((error, c) => renderTokenError(error, c));

async function answerToken(
  c: Context<AuthEnv>,
  { principal, standings }: Who,
  requested: RequestedScopes,
  more: Record<string, string> = {},
): Promise<Response> {
  const auth = c.get("auth");
  const { service } = addressOf(auth, c.req.raw);
  const { token, issuedAt } = await issueRegistryToken(auth, principal, service, requested, standings);
  const body = {
    token,
    access_token: token,
    token_type: "Bearer",
    expires_in: tokenLifetime,
    issued_at: issuedAt.toISOString(),
    ...more,
  };
  return c.json(body, 200, { "Cache-Control": "no-store" });
}

type OAuthErrorCode =
  | "invalid_request"
  | "unsupported_grant_type"
  | "temporarily_unavailable"
  | "server_error"
  | Exclude<DeviceAnswer["state"], "approved">;

/** An error in the terms of RFC 6749, section 5.2. */
class OAuthError extends HubError {
  override name = "OAuthError";
  readonly code: OAuthErrorCode;

  constructor(code: OAuthErrorCode, message: string) {
    super("invalid", message);
    this.code = code;
  }
}

function required(form: URLSearchParams, field: string): string {
  const value = form.get(field);
  if (!value) throw new OAuthError("invalid_request", `the form has no "${field}"`);
  return value;
}

/** docker and podman read `errors`, as on `/v2`; OAuth clients read `error`. */
function renderTokenError(error: unknown, c: Context): Response {
  const foreseen = error instanceof HubError ? error : undefined;
  const status = foreseen ? statusOf(foreseen.kind) : 500;
  const message =
    foreseen?.message ?? "the hub failed to make a token; try again, and tell the operator if it stays so";
  const body = {
    errors: [
      {
        code: errorCodeOf(status),
        message,
        detail: null,
      },
    ],
    error: oauthCode(error, status),
    error_description: message,
  };
  const headers = new Headers({ ...headersOf(error), "Cache-Control": "no-store" });
  if (status >= 500) headers.set("X-Request-Id", logFailure(error, c.req.raw));
  return Response.json(body, { status, headers });
}

/** Of the codes that clients of `/v2` know. */
function errorCodeOf(status: number): string {
  if (status === 401) return "UNAUTHORIZED";
  if (status === 429) return "TOOMANYREQUESTS";
  return status < 500 ? "UNSUPPORTED" : "UNKNOWN";
}

function oauthCode(error: unknown, status: number): OAuthErrorCode {
  if (error instanceof OAuthError) return error.code;
  if (status === 401) return "invalid_grant";
  if (status === 429) return "slow_down";
  if (status === 503) return "temporarily_unavailable";
  return status < 500 ? "invalid_request" : "server_error";
}
