import { generateKeyPair, SignJWT } from "jose";

interface Person {
  sub: string;
  email?: string;
  email_verified?: boolean;
  preferred_username?: string;
}

interface Authorization {
  person: Person;
  nonce: string | null;
  codeChallenge: string | null;
  redirectUri: string | null;
}

/** A provider of OpenID Connect, and GitHub beside it, behind a `fetch`: what they answer has the shape of the real ones'. */
export class FakeProvider {
  readonly issuer = "https://id.example";
  readonly clientId = "the hub";
  readonly clientSecret = "the hub's secret";
  /** Requests that were made, as `METHOD address`. */
  readonly requests: string[] = [];
  /** What id_tokens say otherwise than they should. */
  lies: Record<string, unknown> = {};
  /** Does not look at what a code was made for. */
  careless = false;
  gitHub = {
    id: 583231,
    login: "octocat",
    emails: [{ email: "octo@people.example", primary: true, verified: true }],
  };
  readonly #codes = new Map<string, Authorization>();

  readonly fetch: typeof fetch = async (input, init) => this.#answer(new Request(input, init));

  /** Somebody signs in at the provider: where their browser is sent back to. */
  authorize(location: string, person: Person = { sub: "0" }): URL {
    const asked = new URL(location).searchParams;
    const code = crypto.randomUUID();
    this.#codes.set(code, {
      person,
      nonce: asked.get("nonce"),
      codeChallenge: asked.get("code_challenge"),
      redirectUri: asked.get("redirect_uri"),
    });
    const back = new URL(asked.get("redirect_uri") ?? "");
    back.searchParams.set("code", code);
    back.searchParams.set("state", asked.get("state") ?? "");
    return back;
  }

  async #answer(request: Request): Promise<Response> {
    const { origin, pathname } = new URL(request.url);
    this.requests.push(`${request.method} ${origin}${pathname}`);
    if (pathname === "/.well-known/openid-configuration")
      return Response.json({
        issuer: this.issuer,
        authorization_endpoint: `${this.issuer}/authorize`,
        token_endpoint: `${this.issuer}/token`,
        jwks_uri: `${this.issuer}/keys`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["ES256"],
      });
    if (pathname === "/token") return this.#token(request, true);
    if (pathname === "/login/oauth/access_token") return this.#token(request, false);
    if (request.headers.get("Authorization") !== "Bearer gho_1") return new Response(null, { status: 401 });
    if (pathname === "/user")
      return Response.json({ id: this.gitHub.id, login: this.gitHub.login, type: "User" });
    if (pathname === "/user/emails") return Response.json(this.gitHub.emails);
    return new Response(null, { status: 404 });
  }

  async #token(request: Request, openid: boolean): Promise<Response> {
    const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
    const code = form.get("code") ?? "";
    const found = this.#codes.get(code);
    this.#codes.delete(code);
    const verifier = new TextEncoder().encode(form.get("code_verifier") ?? "");
    const hash = btoa(
      String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", verifier))),
    );
    const challenge = hash.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    const good =
      found?.codeChallenge === challenge &&
      (this.careless || found.redirectUri === form.get("redirect_uri")) &&
      form.get("client_secret") === this.clientSecret;
    if (!good)
      return openid
        ? Response.json({ error: "invalid_grant" }, { status: 400 })
        : Response.json({
            error: "bad_verification_code",
            error_description: "The code passed is incorrect or expired.",
          });
    if (!openid)
      return Response.json({ access_token: "gho_1", token_type: "bearer", scope: "read:user,user:email" });
    const id_token = await this.#idToken(found);
    return Response.json({ access_token: "a", token_type: "Bearer", expires_in: 300, id_token });
  }

  async #idToken({ person, nonce }: Authorization): Promise<string> {
    const { privateKey } = await generateKeyPair("ES256");
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.issuer,
      aud: this.clientId,
      iat: now,
      exp: now + 300,
      nonce,
      ...person,
      ...this.lies,
    };
    return new SignJWT(claims).setProtectedHeader({ alg: "ES256" }).sign(privateKey);
  }
}
