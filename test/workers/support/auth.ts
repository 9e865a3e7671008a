import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { apiRoutes } from "../../../workers/api/index.ts";
import {
  authEndpoints,
  authenticate,
  authRoutes,
  createAuth,
  everyScope,
  type Access,
} from "../../../workers/auth/index.ts";
import {
  Database,
  type OrganizationRole,
  type RepositoryRole,
  type Row,
  type Visibility,
} from "../../../workers/db/index.ts";

export const service = "hub.example";

export interface Person {
  name: string;
  id: string;
  accessToken: string;
}

interface Sent {
  method?: string;
  /** Sent as `Authorization: Bearer`. */
  bearer?: string;
  /** Sent as `Authorization: Basic`. */
  basic?: readonly [username: string, password: string];
  json?: unknown;
  form?: Record<string, string> | [string, string][];
  headers?: Record<string, string>;
}

export interface NewToken {
  name?: string;
  user?: string;
  organization?: string;
  kind?: "personal" | "robot" | "organization";
  scopes?: readonly string[];
  expires_at?: string | null;
}

export interface TokenAnswer {
  id: string;
  token: string;
}

/** One isolate's authentication over the test database, with a clock of its own. Several share the database. */
export class AuthWorld {
  /** Milliseconds since 1970. */
  now = Date.parse("2026-11-23T12:00:00Z");
  readonly adminToken: string;
  /** Statements sent to D1 so far. */
  statements = 0;
  readonly auth;
  readonly #background: Promise<unknown>[] = [];
  readonly #routes;

  constructor(
    settings: { secret?: string; adminToken?: string; publicUrl?: string; fetch?: typeof fetch } = {},
  ) {
    this.adminToken = settings.adminToken ?? "the administrator's first token";
    this.auth = createAuth({
      db: new Database(this.#counted(env.DB)),
      clock: { now: () => this.now },
      secret: settings.secret ?? "a secret of the tests, of thirty-two bytes or more",
      adminToken: this.adminToken,
      publicUrl: settings.publicUrl,
      attempts: env.ATTEMPTS,
      clientAddress: (request) => request.headers.get("Test-Address") ?? undefined,
      ...(settings.fetch ? { fetch: settings.fetch } : {}),
    });
    this.auth.background = (work) => void this.#background.push(work);
    const resolve = () => ({ auth: this.auth });
    this.#routes = new Hono().route("/", authRoutes(resolve)).route("/", apiRoutes(resolve, authEndpoints));
  }

  /** Sends a request to the routes of auth, and waits for what goes on behind the answer too. */
  async send(path: string, sent: Sent = {}): Promise<Response> {
    const response = await this.#answer(path, sent);
    await Promise.all(this.#background.splice(0));
    return response;
  }

  async #answer(path: string, { method, bearer, basic, json, form, headers }: Sent): Promise<Response> {
    const request = new Request(`https://${service}${path}`, {
      headers: headers ?? {},
      method: method ?? "GET",
    });
    if (bearer !== undefined) request.headers.set("Authorization", `Bearer ${bearer}`);
    if (basic) request.headers.set("Authorization", `Basic ${btoa(basic.join(":"))}`);
    if (json === undefined && form === undefined) return this.#routes.request(request);
    const body = form ? new URLSearchParams(form).toString() : JSON.stringify(json);
    if (!request.headers.has("Content-Type"))
      request.headers.set("Content-Type", form ? "application/x-www-form-urlencoded" : "application/json");
    return this.#routes.request(new Request(request, { method: method ?? "POST", body }));
  }

  /** Sends, and fails the test unless the answer has the status that is expected. */
  async json<T = Record<string, unknown>>(path: string, sent: Sent, status = 200): Promise<T> {
    const response = await this.send(path, sent);
    const text = await response.text();
    if (response.status !== status) throw new Error(`${path}: ${response.status}, not ${status}: ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** Makes a user, with an access token of all scopes. */
  async person(name: string, administrator = false): Promise<Person> {
    const user = await this.json<{ id: string }>(
      "/api/v1/users",
      { bearer: this.adminToken, json: { name, administrator } },
      201,
    );
    return { name, id: user.id, accessToken: (await this.token(this.adminToken, { user: name })).token };
  }

  /** Makes an access token, of all scopes unless told. */
  async token(bearer: string, wanted: NewToken = {}): Promise<TokenAnswer> {
    const json = { name: "test", scopes: everyScope, ...wanted };
    return this.json<TokenAnswer>("/api/v1/tokens", { bearer, json }, 201);
  }

  async repository(name: string, visibility: Visibility, creator: string | null = null): Promise<void> {
    await this.auth.db.query
      .insertInto("repositories")
      .values({ name, visibility, created_at: this.now, created_by: creator })
      .execute();
  }

  /** Makes an organization of these people. @returns its id */
  async organization(
    name: string,
    members: readonly (readonly [Person, OrganizationRole])[],
    policy: Partial<Row<"organizations">> = {},
  ): Promise<string> {
    const id = `id of ${name}`;
    const { query } = this.auth.db;
    await query
      .insertInto("organizations")
      .values({ id, name, created_at: this.now, ...policy })
      .execute();
    for (const [{ id: user_id }, role] of members)
      await query
        .insertInto("organization_members")
        .values({ organization_id: id, user_id, role, added_at: this.now })
        .execute();
    return id;
  }

  /** Makes a team of these members of an organization. @returns its id */
  async team(organization: string, name: string, members: readonly Person[]): Promise<string> {
    const id = `id of ${organization}/${name}`;
    const { query } = this.auth.db;
    const organization_id = `id of ${organization}`;
    await query.insertInto("teams").values({ id, organization_id, name, created_at: this.now }).execute();
    for (const { id: user_id } of members)
      await query
        .insertInto("team_members")
        .values({ team_id: id, organization_id, user_id, added_at: this.now })
        .execute();
    return id;
  }

  /** Gives a right on a repository to a user or a team. */
  async grant(repository: string, to: { user_id: string } | { team_id: string }, role: RepositoryRole) {
    await this.auth.db.query
      .insertInto("repository_grants")
      .values((is) => ({
        repository_id: is.selectFrom("repositories").select("id").where("name", "=", repository),
        ...to,
        role,
        granted_at: this.now,
      }))
      .execute();
  }

  /** A registry token as docker gets it; `undefined` is anonymous. */
  async registryToken(
    who: { name: string; accessToken: string } | undefined,
    ...scopes: string[]
  ): Promise<string> {
    const query = new URLSearchParams(scopes.map((scope) => ["scope", scope]));
    const basic = who ? { basic: [who.name, who.accessToken] as const } : {};
    return (await this.json<{ token: string }>(`/token?${query.toString()}`, basic)).token;
  }

  /** What a request on `/v2` with this registry token may do. */
  async access(token?: string, headers: Record<string, string> = {}): Promise<Access> {
    const bearer = token === undefined ? {} : { Authorization: `Bearer ${token}` };
    return authenticate(
      this.auth,
      new Request(`https://${service}/v2/`, { headers: { ...headers, ...bearer } }),
    );
  }

  #counted(d1: D1Database): D1Database {
    return new Proxy(d1, {
      get: (target, property) => {
        if (property === "prepare") this.statements += 1;
        const value: unknown = Reflect.get(target, property);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }
}

/** What a refusal looks like from outside. */
export interface Refusal {
  kind: string;
  message: string;
  challenge: string | undefined;
}

/** The refusal that `act` throws; fails the test when it throws none. */
export function refusalOf(act: () => unknown): Refusal {
  try {
    act();
  } catch (error) {
    const { kind, message, headers } = error as Error & { kind: string; headers?: Record<string, string> };
    return { kind, message, challenge: headers?.["WWW-Authenticate"] };
  }
  throw new Error("nothing was refused");
}
