import { env, exports } from "cloudflare:workers";
import { everyScope } from "../../../workers/auth/index.ts";
import { digestOf, type Digest } from "../../../workers/shared/digest.ts";
import { mediaTypes } from "../../../workers/shared/media-types.ts";

export const origin = "https://hub.example";

/** Sends a request to the Worker the way the runtime does. */
export async function send(path: string, init?: RequestInit): Promise<Response> {
  const url = path.startsWith("http") ? path : origin + path;
  return exports.default.fetch(new Request(url, { redirect: "manual", ...init }));
}

export interface Person {
  name: string;
  accessToken: string;
}

/** The administrator and two users, who own `alice/…` and `bob/…`. */
export async function people(): Promise<{ admin: Person; alice: Person; bob: Person }> {
  const accessToken = "a token for the tests";
  (env as unknown as { ADMIN_TOKEN: string }).ADMIN_TOKEN = accessToken;
  const ready = await send("/healthz");
  if (ready.status !== 200) throw new Error(`not healthy: ${await ready.text()}`);
  const admin = { name: "admin", accessToken };
  return { admin, alice: await person(admin, "alice"), bob: await person(admin, "bob") };
}

async function person(admin: Person, name: string): Promise<Person> {
  await api(admin, "POST", "/api/v1/users", { name });
  return { name, accessToken: await accessTokenOf(admin, { user: name }) };
}

/** A new access token of somebody, made by an administrator. */
export async function accessTokenOf(
  admin: Person,
  token: { user: string; scopes?: readonly string[] },
): Promise<string> {
  const body = { name: "test", scopes: everyScope, ...token };
  const created = await api<{ token: string }>(admin, "POST", "/api/v1/tokens", body);
  return created.token;
}

/** A request to the JSON API; fails the test unless it succeeds. */
export async function api<T = unknown>(
  who: Person,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await send(path, {
    method,
    headers: { Authorization: `Bearer ${who.accessToken}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** A registry token for these scopes, as docker would get it; empty `who` is anonymous. */
export async function registryToken(who: Person | undefined, ...scopes: string[]): Promise<string> {
  const query = new URLSearchParams([["service", "hub.example"], ...scopes.map((scope) => ["scope", scope])]);
  const headers = who ? { Authorization: `Basic ${btoa(`${who.name}:${who.accessToken}`)}` } : undefined;
  const response = await send(`/token?${query.toString()}`, headers ? { headers } : undefined);
  if (!response.ok) throw new Error(`/token: ${response.status} ${await response.text()}`);
  return (await response.json<{ token: string }>()).token;
}

/** Speaks to one repository with all rights that `who` has there. */
export class RepositoryClient {
  readonly repository: string;
  readonly #token: string;

  private constructor(repository: string, token: string) {
    this.repository = repository;
    this.#token = token;
  }

  static async open(
    who: Person | undefined,
    repository: string,
    ...more: string[]
  ): Promise<RepositoryClient> {
    return new RepositoryClient(
      repository,
      await registryToken(who, `repository:${repository}:pull,push,delete`, ...more),
    );
  }

  /** A request to `/v2/<repository>/<path>`, or to an absolute path such as a Location. */
  async send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${this.#token}`);
    return send(path.startsWith("/") ? path : `/v2/${this.repository}/${path}`, { ...init, method, headers });
  }

  /** Pushes a blob in one request. */
  async pushBlob(content: string | Uint8Array<ArrayBuffer>): Promise<Digest> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const digest = await digestOf(bytes);
    const response = await this.send("POST", `blobs/uploads/?digest=${digest}`, { body: bytes });
    if (response.status !== 201) throw new Error(`blob: ${response.status} ${await response.text()}`);
    return digest;
  }

  async pushManifest(
    reference: string,
    manifest: object,
    contentType: string = mediaTypes.ociManifest,
  ): Promise<Response> {
    return this.send("PUT", `manifests/${reference}`, {
      body: JSON.stringify(manifest),
      headers: { "Content-Type": contentType },
    });
  }

  /** Pushes an image of these layers and gives its digest. */
  async pushImage(tag: string, layers: string[], more: object = {}): Promise<Digest> {
    const config = await this.pushBlob(JSON.stringify({ tag, layers }));
    for (const layer of layers) await this.pushBlob(layer);
    const response = await this.pushManifest(tag, {
      ...(await imageManifest({ tag, layers }, layers)),
      ...more,
    });
    if (response.status !== 201) throw new Error(`manifest: ${response.status} ${await response.text()}`);
    void config;
    return response.headers.get("Docker-Content-Digest") as Digest;
  }
}

/** An OCI image manifest whose configuration and layers are these texts. */
export async function imageManifest(config: object, layers: string[]): Promise<object> {
  const describe = async (text: string, mediaType: string) => {
    const bytes = new TextEncoder().encode(text);
    return { mediaType, digest: await digestOf(bytes), size: bytes.byteLength };
  };
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: await describe(JSON.stringify(config), "application/vnd.oci.image.config.v1+json"),
    layers: await Promise.all(
      layers.map((layer) => describe(layer, "application/vnd.oci.image.layer.v1.tar+gzip")),
    ),
  };
}

/** The first error of an OCI error body. */
export async function firstError(
  response: Response,
): Promise<{ code: string; message: string; detail: unknown }> {
  const body = await response.json<{ errors: { code: string; message: string; detail: unknown }[] }>();
  const [error] = body.errors;
  if (!error) throw new Error("the body names no error");
  return error;
}
