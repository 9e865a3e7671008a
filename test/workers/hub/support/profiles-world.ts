import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { apiRoutes } from "../../../../workers/api/index.ts";
import { createHub, hubEndpoints, refreshGitReadme, type HubContext } from "../../../../workers/hub/index.ts";
import { R2Store } from "../../../../workers/platform/r2-store.ts";
import { createRegistry, registryEndpoints } from "../../../../workers/registry/index.ts";
import { AuthWorld, service } from "../../support/auth.ts";

interface Answer<T> {
  status: number;
  body: T;
  retryAfter?: string;
}

/** The JSON API of repositories over the test database. */
export class ProfilesWorld {
  readonly auth = new AuthWorld();
  readonly hub: HubContext;
  readonly #background: Promise<unknown>[] = [];
  readonly #routes;

  /** @param fetched answers in place of the web */
  constructor(fetched?: typeof fetch) {
    const { auth } = this.auth;
    auth.background = (work) => void this.#background.push(work);
    const registry = createRegistry({
      db: auth.db,
      blobs: new R2Store(env.BLOBS),
      clock: auth.clock,
      uploads: env.UPLOADS,
      repositories: env.REPOSITORIES,
      grace: 0,
    });
    this.hub = createHub({
      db: auth.db,
      clock: auth.clock,
      auth,
      registry,
      requestRefresh: (id) => refreshGitReadme(this.hub, id),
      ...(fetched && { fetch: fetched }),
    });
    const resolve = () => ({ auth, registry, hub: this.hub });
    this.#routes = new Hono().route("/", apiRoutes(resolve, [...registryEndpoints, ...hubEndpoints]));
  }

  /** @param body an object is sent as JSON, a text as Markdown */
  async api<T = Record<string, unknown>>(
    who: { accessToken: string } | undefined,
    method: string,
    path: string,
    body?: object | string,
  ): Promise<Answer<T>> {
    const headers = new Headers(who ? { Authorization: `Bearer ${who.accessToken}` } : {});
    if (body !== undefined)
      headers.set("Content-Type", typeof body === "string" ? "text/markdown" : "application/json");
    const response = await this.#routes.request(
      new Request(`https://${service}/api/v1/repositories/${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    await this.settle();
    const retryAfter = response.headers.get("Retry-After");
    return {
      status: response.status,
      body: (text ? JSON.parse(text) : undefined) as T,
      ...(retryAfter === null ? {} : { retryAfter }),
    };
  }

  /** The same, but it fails the test unless it succeeds. @returns the body */
  async must<T = Record<string, unknown>>(...request: Parameters<ProfilesWorld["api"]>): Promise<T> {
    const { status, body } = await this.api<T>(...request);
    if (status >= 300) throw new Error(`${request[1]} ${request[2]}: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  async idOf(repository: string): Promise<number> {
    const { query } = this.auth.auth.db;
    const found = query.selectFrom("repositories").select("id").where("name", "=", repository);
    return (await found.executeTakeFirstOrThrow()).id;
  }

  /** Waits for what goes on behind answers. */
  async settle(): Promise<void> {
    await Promise.all(this.#background.splice(0));
  }
}
