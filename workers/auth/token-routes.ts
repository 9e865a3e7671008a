import { Hono, type Context } from "hono";
import { headersOf, logFailure, statusOf } from "../platform/http-errors.ts";
import { readForm } from "../platform/validate.ts";
import { HubError } from "../shared/errors.ts";
import { anonymous, type Principal } from "./access.ts";
import { addressOf } from "./challenge.ts";
import { readBasic, signInAs, signInWith } from "./credentials.ts";
import type { AuthEnv } from "./request.ts";
import { issueRegistryToken, tokenLifetime } from "./registry-tokens.ts";
import { parseScopes } from "./token-scopes.ts";

/** `/token`: where clients of `/v2` exchange an access token, or nothing, for a registry token. */
export const tokenRoutes = new Hono<AuthEnv>();

/**
 * Distribution, "Token Authentication Specification": Basic credentials, or none for an anonymous token. `service`, `account`, `client_id` and
 * `offline_token` change nothing: a token is always for this registry and for whoever the credentials say.
 */
tokenRoutes.get("/token", async (c) => {
  const auth = c.get("auth");
  const basic = readBasic(auth, c.req.raw);
  const principal = basic ? await signInAs(auth, c.req.raw, basic.username, basic.password) : anonymous;
  return answerToken(c, principal, c.req.queries("scope") ?? []);
});

/**
 * Distribution, "OAuth2 Token Authentication". The refresh token (docker's "identity token") is the access token itself, so that to
 * revoke the one is to revoke the other.
 */
tokenRoutes.post("/token", async (c) => {
  const auth = c.get("auth");
  const form = await readForm(c.req.raw);
  const scopes = form.getAll("scope");
  switch (form.get("grant_type")) {
    case "refresh_token": {
      const refreshToken = required(form, "refresh_token");
      return answerToken(c, await signInWith(auth, c.req.raw, refreshToken), scopes, {
        refresh_token: refreshToken,
      });
    }
    case "password": {
      const password = required(form, "password");
      const user = await signInAs(auth, c.req.raw, required(form, "username"), password);
      const offline = form.get("access_type") === "offline" ? { refresh_token: password } : {};
      return answerToken(c, user, scopes, offline);
    }
    default:
      throw new OAuthError(
        "unsupported_grant_type",
        `grant_type "${(form.get("grant_type") ?? "").slice(0, 40)}" is not one of password and refresh_token`,
      );
  }
});

/** Public keys that verify registry tokens (RFC 7517). */
tokenRoutes.get("/.well-known/jwks.json", async (c) => {
  const keys = await c.get("auth").keys.publicKeys();
  return c.json({ keys }, 200, { "Cache-Control": `public, max-age=${tokenLifetime}` });
});

tokenRoutes.onError((error, c) => renderTokenError(error, c));

async function answerToken(
  c: Context<AuthEnv>,
  principal: Principal,
  scopes: readonly string[],
  more: Record<string, string> = {},
): Promise<Response> {
  const auth = c.get("auth");
  const { service } = addressOf(auth, c.req.raw);
  const { token, issuedAt } = await issueRegistryToken(auth, principal, service, parseScopes(scopes));
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

type OAuthErrorCode = "invalid_request" | "invalid_grant" | "unsupported_grant_type" | "server_error";

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
        code: status === 401 ? "UNAUTHORIZED" : status < 500 ? "UNSUPPORTED" : "UNKNOWN",
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

function oauthCode(error: unknown, status: number): OAuthErrorCode {
  if (error instanceof OAuthError) return error.code;
  if (status === 401) return "invalid_grant";
  return status < 500 ? "invalid_request" : "server_error";
}
