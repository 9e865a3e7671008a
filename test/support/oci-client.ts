import { createHash } from "node:crypto";

/** Who asks: a user and one of their access tokens. */
export interface Login {
  user: string;
  token: string;
}

/** What a registry answered instead of what was asked for. */
export class RefusedError extends Error {
  override name = "RefusedError";
  readonly status: number;

  constructor(request: string, status: number, body: string) {
    super(`${request} was answered ${status}: ${body}`);
    this.status = status;
  }
}

/** An upload session: where it goes on, and how many bytes it has. */
export interface Session {
  location: string;
  offset: number;
}

type Body = Uint8Array | AsyncIterable<Uint8Array>;

interface RegistryToken {
  token: string;
  /** Milliseconds since 1970. */
  until: number;
}

/** A plain client of the OCI Distribution API that decides nothing by itself: it never retries and hides no error. */
export class OciClient {
  readonly #url: string;
  readonly #login: Login;
  readonly #tokens = new Map<string, RegistryToken>();

  constructor(url: string, login: Login) {
    this.#url = url;
    this.#login = login;
  }

  async startUpload(repository: string): Promise<Session> {
    const response = await this.#request(repository, "POST", `/v2/${repository}/blobs/uploads/`, 202);
    return this.#session(response);
  }

  /** Sends one chunk, which starts at the session's offset. */
  async sendChunk(repository: string, session: Session, chunk: Uint8Array): Promise<Session> {
    const range = `${session.offset}-${session.offset + chunk.byteLength - 1}`;
    const response = await this.#request(repository, "PATCH", session.location, 202, chunk, {
      "Content-Type": "application/octet-stream",
      "Content-Range": range,
    });
    return this.#session(response);
  }

  /** Sends what comes, without saying how much it will be: as docker does. */
  async sendStream(
    repository: string,
    session: Session,
    stream: AsyncIterable<Uint8Array>,
  ): Promise<Session> {
    const headers = { "Content-Type": "application/octet-stream" };
    return this.#session(await this.#request(repository, "PATCH", session.location, 202, stream, headers));
  }

  /** Asks the registry how far an upload has come. Undefined when it knows no such upload. */
  async findSession(repository: string, session: Session): Promise<Session | undefined> {
    const response = await this.#send(repository, "GET", session.location);
    if (response.status === 404) return discard(response);
    return this.#session(await expectStatus(response, `GET ${session.location}`, 204));
  }

  async finishUpload(repository: string, session: Session, digest: string, rest?: Uint8Array): Promise<void> {
    const location = new URL(session.location, this.#url);
    location.searchParams.set("digest", digest);
    await this.#request(repository, "PUT", location.href, 201, rest, {
      "Content-Type": "application/octet-stream",
    });
  }

  /** The body of a blob, or undefined when there is none. */
  async readBlob(repository: string, digest: string): Promise<ReadableStream<Uint8Array> | undefined> {
    const path = `/v2/${repository}/blobs/${digest}`;
    const response = await this.#send(repository, "GET", path);
    if (response.status === 404) return discard(response);
    return (await expectStatus(response, `GET ${path}`, 200)).body ?? undefined;
  }

  /** Puts a manifest under a tag or its digest, and returns the digest. */
  async putManifest(repository: string, reference: string, manifest: Manifest): Promise<string> {
    const path = `/v2/${repository}/manifests/${reference}`;
    const { bytes, mediaType } = manifest;
    await this.#request(repository, "PUT", path, 201, bytes, { "Content-Type": mediaType });
    return digestOf(bytes);
  }

  /** The manifest under a tag or digest, or undefined when there is none. */
  async getManifest(repository: string, reference: string): Promise<Manifest | undefined> {
    const path = `/v2/${repository}/manifests/${reference}`;
    const response = await this.#send(repository, "GET", path, undefined, { Accept: "*/*" });
    if (response.status === 404) return discard(response);
    await expectStatus(response, `GET ${path}`, 200);
    const mediaType = response.headers.get("Content-Type") ?? "";
    return { bytes: new Uint8Array(await response.arrayBuffer()), mediaType };
  }

  async #request(
    repository: string,
    method: string,
    path: string,
    status: number,
    body?: Body,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const response = await expectStatus(
      await this.#send(repository, method, path, body, headers),
      `${method} ${path}`,
      status,
    );
    await response.body?.cancel();
    return response;
  }

  async #send(
    repository: string,
    method: string,
    path: string,
    body?: Body,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    // `duplex` is not among what browsers' types know, and the tests in a browser use this client too.
    const request: RequestInit & { duplex: "half" } = {
      method,
      body: body === undefined ? null : (body as NonNullable<RequestInit["body"]>),
      duplex: "half",
      headers: { ...headers, Authorization: `Bearer ${await this.#token(repository)}` },
    };
    return fetch(new URL(path, this.#url), request);
  }

  /** A registry token for everything in one repository. It lives five minutes; one that is half as old is fetched anew. */
  async #token(repository: string): Promise<string> {
    const known = this.#tokens.get(repository);
    if (known !== undefined && known.until > Date.now()) return known.token;
    const url = new URL("/token", this.#url);
    url.searchParams.set("service", url.host);
    url.searchParams.set("scope", `repository:${repository}:pull,push,delete`);
    const basic = Buffer.from(`${this.#login.user}:${this.#login.token}`).toString("base64");
    const response = await fetch(url, { headers: { Authorization: `Basic ${basic}` } });
    const { token } = (await (await expectStatus(response, `GET ${url.href}`, 200)).json()) as {
      token: string;
    };
    this.#tokens.set(repository, { token, until: Date.now() + 150_000 });
    return token;
  }

  #session(response: Response): Session {
    const location = response.headers.get("Location");
    if (location === null) throw new Error("The answer to an upload has no Location.");
    // "0-0" is one byte, but it is also what registries say of none. Nobody here sends one byte first.
    const last = Number(/^0-(\d+)$/.exec(response.headers.get("Range") ?? "")?.[1] ?? 0);
    return { location: new URL(location, this.#url).href, offset: last === 0 ? 0 : last + 1 };
  }
}

/** A manifest as it is stored: its bytes decide its digest. */
export interface Manifest {
  bytes: Uint8Array;
  mediaType: string;
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** The digest of a stream that is too long to be held. */
export async function digestOfStream(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of stream) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}

async function expectStatus(response: Response, request: string, status: number): Promise<Response> {
  if (response.status === status) return response;
  throw new RefusedError(request, response.status, await response.text());
}

async function discard(response: Response): Promise<undefined> {
  await response.body?.cancel();
}
