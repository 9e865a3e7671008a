import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from "jose";

/** What an issuer of id_tokens answers to, in place of the network. */
export class Issuers {
  /** Addresses that were asked for, in order. */
  readonly asked: string[] = [];
  readonly #answers = new Map<string, () => Response>();

  readonly fetch = (async (input: string, init?: RequestInit) => {
    this.asked.push(input);
    if (init?.redirect !== "manual") throw new Error("redirects would be followed");
    return this.#answers.get(input)?.() ?? new Response("not found", { status: 404 });
  }) as unknown as typeof fetch;

  answer(url: string, body: unknown, status = 200, headers: Record<string, string> = {}): void {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    this.#answers.set(url, () => new Response(text, { status, headers }));
  }
}

/** One issuer with a key of its own. */
export class Issuer {
  readonly url: string;
  readonly #issuers: Issuers;
  readonly #keysUrl: string;
  #key!: CryptoKey;
  #public: JWK[] = [];
  #count = 0;

  private constructor(issuers: Issuers, url: string, keysUrl: string) {
    this.#issuers = issuers;
    this.url = url;
    this.#keysUrl = keysUrl;
  }

  static async start(
    issuers: Issuers,
    url: string,
    { keysUrl = `${url}/keys`, algorithm = "RS256" } = {},
  ): Promise<Issuer> {
    const issuer = new Issuer(issuers, url, keysUrl);
    issuers.answer(`${url}/.well-known/openid-configuration`, { issuer: url, jwks_uri: keysUrl });
    await issuer.changeKey(algorithm);
    return issuer;
  }

  /** Signs with a new key from now on; the public one is published. */
  async changeKey(algorithm = "RS256"): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    this.#count += 1;
    this.#key = privateKey;
    this.#public = [
      { ...(await exportJWK(publicKey)), kid: `key-${this.#count}`, alg: algorithm, use: "sig" },
    ];
    this.#issuers.answer(this.#keysUrl, { keys: this.#public });
  }

  get publicKey(): JWK {
    const [key] = this.#public;
    if (!key) throw new Error("there is no key");
    return key;
  }

  /** @param at milliseconds since 1970 */
  async sign(claims: JWTPayload, at: number): Promise<string> {
    const seconds = Math.floor(at / 1000);
    const { kid = "", alg = "" } = this.publicKey;
    return new SignJWT({ iss: this.url, iat: seconds, nbf: seconds, exp: seconds + 300, ...claims })
      .setProtectedHeader({ alg, kid, typ: "JWT" })
      .sign(this.#key);
  }
}

/** As GitHub describes a job (docs.github.com, "OpenID Connect reference"). */
export const gitHubJob = {
  jti: "6e67b1cb-2b8d-4be5-91cb-757edb2ec970",
  sub: "repo:acme-inc/web:ref:refs/heads/main",
  aud: "https://hub.example",
  ref: "refs/heads/main",
  sha: "7f3b1c9d0e2a4b6c8d0e1f2a3b4c5d6e7f8a9b0c",
  repository: "acme-inc/web",
  repository_owner: "acme-inc",
  actor_id: "12",
  repository_visibility: "private",
  repository_id: "74",
  repository_owner_id: "65",
  run_id: "1234567890",
  run_number: "10",
  run_attempt: "2",
  runner_environment: "github-hosted",
  actor: "octocat",
  workflow: "release",
  head_ref: "",
  base_ref: "",
  event_name: "push",
  ref_protected: "true",
  ref_type: "branch",
  job_workflow_ref: "acme-inc/web/.github/workflows/release.yml@refs/heads/main",
};

/** As GitLab describes one (docs.gitlab.com, "OpenID Connect (OIDC) Authentication Using ID Tokens"). */
export const gitLabJob = {
  jti: "c82eeb0c-5c6f-4a33-abf5-4c474b92b558",
  sub: "project_path:acme-group/tools/web:ref_type:branch:ref:main",
  aud: "hub.example",
  namespace_id: "72",
  namespace_path: "acme-group/tools",
  project_id: "20",
  project_path: "acme-group/tools/web",
  user_id: "1",
  user_login: "sample-user",
  pipeline_id: "574",
  pipeline_source: "push",
  job_id: "302",
  ref: "main",
  ref_type: "branch",
  ref_protected: "true",
  runner_id: 1,
  runner_environment: "gitlab-hosted",
};
