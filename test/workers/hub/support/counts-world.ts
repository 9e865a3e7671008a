import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { apiRoutes } from "../../../../workers/api/index.ts";
import { createHub, hubEndpoints, PullReports, type HubContext } from "../../../../workers/hub/index.ts";
import { day } from "../../../../workers/platform/clock.ts";
import { R2Store } from "../../../../workers/platform/r2-store.ts";
import {
  createRegistry,
  registryEndpoints,
  registryRoutes,
  type RegistryContext,
} from "../../../../workers/registry/index.ts";
import { digestOf, type Digest } from "../../../../workers/shared/digest.ts";
import { mediaTypes } from "../../../../workers/shared/media-types.ts";
import { AuthWorld, service, type Person } from "../../support/auth.ts";

interface Request {
  who?: { name: string; accessToken: string };
  method?: string;
  address?: string;
  agent?: string;
  headers?: Record<string, string>;
}

interface Answer<T> {
  status: number;
  body: T;
}

/** Reports of one isolate after the other over the same database, and what counts them. */
export class CountsWorld {
  readonly auth = new AuthWorld();
  readonly registry: RegistryContext;
  readonly hub: HubContext;
  readonly #background: Promise<unknown>[] = [];
  #reports: PullReports;
  readonly #routes;

  constructor() {
    const { auth } = this.auth;
    // A day ahead of the machine: for the objects, whose alarms go by its clock, no day is over while the test runs.
    this.auth.now = (Math.floor(Date.now() / day) + 1) * day + day / 2;
    this.#reports = this.#isolate();
    this.registry = createRegistry({
      db: auth.db,
      blobs: new R2Store(env.BLOBS),
      clock: auth.clock,
      uploads: env.UPLOADS,
      repositories: env.REPOSITORIES,
      grace: 0,
      events: { pushed: async () => {}, pulled: (pull) => this.#reports.report(pull) },
    });
    this.registry.background = (work) => void this.#background.push(work);
    this.hub = createHub({ db: auth.db, clock: auth.clock, auth, registry: this.registry });
    const resolve = () => ({ auth, registry: this.registry, hub: this.hub });
    this.#routes = new Hono()
      .route("/", registryRoutes(resolve))
      .route("/", apiRoutes(resolve, [...registryEndpoints, ...hubEndpoints]));
  }

  /** From now on, an isolate reports that knows of no pull. */
  anotherIsolate(): void {
    this.#reports = this.#isolate();
  }

  #isolate(): PullReports {
    const { clock, clientAddress } = this.auth.auth;
    return new PullReports({ clock, clientAddress, objects: env.PULLS });
  }

  /** The statuses of requests for a manifest, one after the other; what they leave behind is done then. */
  async get(repository: string, reference: string, request: Request = {}): Promise<Response> {
    const { who, method = "GET", address, agent, headers: more = {} } = request;
    const headers = new Headers(more);
    if (address !== undefined) headers.set("Test-Address", address);
    if (agent !== undefined) headers.set("User-Agent", agent);
    if (who) {
      const token = await this.auth.registryToken(who, `repository:${repository}:pull`);
      headers.set("Authorization", `Bearer ${token}`);
    }
    const path = `/v2/${repository}/manifests/${reference}`;
    const response = await this.#routes.request(
      new globalThis.Request(`https://${service}${path}`, { method, headers }),
    );
    await Promise.all(this.#background.splice(0));
    return response;
  }

  /** A request to the JSON API. */
  async api<T = Record<string, unknown>>(
    who: { accessToken: string } | undefined,
    method: string,
    path: string,
  ): Promise<Answer<T>> {
    const headers = who ? { Authorization: `Bearer ${who.accessToken}` } : {};
    const response = await this.#routes.request(
      new globalThis.Request(`https://${service}${path}`, { method, headers }),
    );
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T };
  }

  /** Pushes a manifest whose blobs are nowhere, as a sparse image. */
  async push(who: Person, repository: string, reference: string, manifest: object): Promise<Digest> {
    const bytes = JSON.stringify(manifest);
    const digest = await digestOf(new TextEncoder().encode(bytes));
    const token = await this.auth.registryToken(who, `repository:${repository}:pull,push`);
    const contentType = "manifests" in manifest ? mediaTypes.ociIndex : mediaTypes.ociManifest;
    const response = await this.#routes.request(
      new globalThis.Request(`https://${service}/v2/${repository}/manifests/${reference || digest}`, {
        method: "PUT",
        body: bytes,
        headers: { Authorization: `Bearer ${token}`, "Content-Type": contentType },
      }),
    );
    if (response.status !== 201) throw new Error(`manifest: ${response.status} ${await response.text()}`);
    await Promise.all(this.#background.splice(0));
    return digest;
  }

  async idOf(repository: string): Promise<number> {
    const row = await this.auth.auth.db.query
      .selectFrom("repositories")
      .select("id")
      .where("name", "=", repository)
      .executeTakeFirstOrThrow();
    return row.id;
  }

  /** Has the object of a repository write what it counted. @returns whether it was about to. */
  async write(id: number): Promise<boolean> {
    return runDurableObjectAlarm(env.PULLS.getByName(String(id)));
  }

  /** What the database has of a repository: all pulls, by day (from today on backwards) and by manifest. */
  async counted(
    id: number,
  ): Promise<{ pulls: number; days: Record<number, number>; manifests: Record<string, number> }> {
    const { query } = this.auth.auth.db;
    const [total, days, manifests] = await Promise.all([
      query
        .selectFrom("repository_counts")
        .select("pulls")
        .where("repository_id", "=", id)
        .executeTakeFirst(),
      query.selectFrom("pull_days").select(["day", "pulls"]).where("repository_id", "=", id).execute(),
      query
        .selectFrom("manifest_pulls")
        .select(["digest", "pulls"])
        .where("repository_id", "=", id)
        .execute(),
    ]);
    const today = Math.floor(this.auth.now / day);
    return {
      pulls: total?.pulls ?? -1,
      days: Object.fromEntries(days.map((row) => [today - row.day, row.pulls])),
      manifests: Object.fromEntries(manifests.map((row) => [row.digest, row.pulls])),
    };
  }
}

/** A manifest of its own for each text. */
export function image(text: string, more: object = {}): object {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptor("application/vnd.oci.image.config.v1+json"),
    layers: [],
    annotations: { text },
    ...more,
  };
}

/** An index of these manifests. */
export function index(...digests: Digest[]): object {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: digests.map((digest) => ({ mediaType: mediaTypes.ociManifest, digest, size: 2 })),
  };
}

function descriptor(mediaType: string) {
  return { mediaType, digest: `sha256:${"0".repeat(64)}`, size: 2 };
}
