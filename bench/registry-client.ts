import { createHash } from "node:crypto";

import { succeed } from "../test/support/command.ts";

export interface Credential {
  user: string;
  password: string;
}

/** What a push of one blob took. */
export interface PushTime {
  /** Bytes per second of the PATCH alone, as curl measured it. */
  patchRate: number;
  /** Seconds of POST, PATCH and PUT together. */
  seconds: number;
}

/** Tags in one push of a manifest: as many as the specification lets a registry's client count on. */
const tagsAtOnce = 100;

const imageManifest = "application/vnd.oci.image.manifest.v1+json";

/** A registry's client: curl where bytes are counted, fetch for what is only preparation. */
export class RegistryClient {
  readonly #base: string;
  readonly #credential: Credential | undefined;

  constructor(base: string, credential: Credential | undefined) {
    this.#base = base;
    this.#credential = credential;
  }

  /** The Authorization header for a repository, by the challenge the registry itself gives; empty for an open registry. */
  async authorization(repository: string): Promise<Record<string, string>> {
    const challenge = (await fetch(`${this.#base}/v2/`)).headers.get("www-authenticate");
    if (!challenge) return {};
    const realm = /realm="([^"]*)"/.exec(challenge)?.[1];
    if (!realm)
      throw new Error(`${this.#base}/v2/ gave the challenge \`${challenge}\`, which names no realm.`);
    const url = new URL(realm);
    url.searchParams.set("service", /service="([^"]*)"/.exec(challenge)?.[1] ?? "");
    url.searchParams.set("scope", `repository:${repository}:pull,push`);
    const response = await fetch(url, { headers: { authorization: this.#basic() } });
    if (!response.ok)
      throw new Error(`${url.origin}/token answered ${response.status}: ${await response.text()}`);
    const { token } = (await response.json()) as { token: string };
    return { authorization: `Bearer ${token}` };
  }

  /** Lets everybody pull; only of a Wherry. */
  async makePublic(repository: string): Promise<void> {
    const response = await fetch(`${this.#base}/api/v1/repositories/${repository}`, {
      method: "PATCH",
      headers: { authorization: this.#basic(), "content-type": "application/json" },
      body: JSON.stringify({ visibility: "public" }),
    });
    if (!response.ok)
      throw new Error(
        `making ${repository} public was answered ${response.status}: ${await response.text()}`,
      );
    await response.body?.cancel();
  }

  /** Pushes a file as docker does: POST, one PATCH of unknown length, PUT with the digest. */
  async pushBlob(repository: string, file: string, digest: string): Promise<PushTime> {
    const headers = curlHeaders(await this.authorization(repository));
    const start = await this.#curl(
      [...headers, "-X", "POST", `${this.#base}/v2/${repository}/blobs/uploads/`],
      202,
    );
    const patch = await this.#curl(
      [
        ...headers,
        "-H",
        "Content-Type: application/octet-stream",
        "-H",
        "Transfer-Encoding: chunked",
        "-H",
        "Expect:",
        "-X",
        "PATCH",
        "-T",
        file,
        start.location,
      ],
      202,
    );
    const closing = new URL(patch.location);
    closing.searchParams.set("digest", digest);
    const end = await this.#curl([...headers, "-X", "PUT", closing.href], 201);
    return { patchRate: patch.uploadRate, seconds: start.seconds + patch.seconds + end.seconds };
  }

  /** Pulls a blob into nowhere and answers with curl's bytes per second. */
  async pullBlob(repository: string, digest: string): Promise<number> {
    const headers = curlHeaders(await this.authorization(repository));
    const { downloadRate } = await this.#curl(
      [...headers, "-L", `${this.#base}/v2/${repository}/blobs/${digest}`],
      200,
    );
    return downloadRate;
  }

  /** The digest of what the registry gives out for a blob, to be compared with its name. */
  async digestOfPulled(repository: string, digest: string): Promise<string> {
    const response = await fetch(`${this.#base}/v2/${repository}/blobs/${digest}`, {
      headers: await this.authorization(repository),
    });
    const hash = createHash("sha256");
    for await (const chunk of response.body ?? []) hash.update(chunk);
    return `sha256:${hash.digest("hex")}`;
  }

  /** Pushes a small image of one layer under `tags`; more than one only where the registry takes `?tag=`. */
  async pushSmallImage(repository: string, tags: readonly string[]): Promise<void> {
    const authorization = await this.authorization(repository);
    const config = await this.#pushSmallBlob(
      repository,
      Buffer.from(
        JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } }),
      ),
      authorization,
    );
    const layer = await this.#pushSmallBlob(repository, Buffer.from("a layer"), authorization);
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: imageManifest,
        config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
        layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer }],
      }),
    );
    for (let first = 0; first < tags.length; first += tagsAtOnce)
      await this.#putManifest(repository, tags.slice(first, first + tagsAtOnce), manifest, authorization);
  }

  #basic(): string {
    return `Basic ${btoa(`${this.#credential?.user}:${this.#credential?.password}`)}`;
  }

  async #putManifest(
    repository: string,
    [tag = "", ...others]: readonly string[],
    manifest: Uint8Array,
    authorization: Record<string, string>,
  ): Promise<void> {
    const url = new URL(`${this.#base}/v2/${repository}/manifests/${tag}`);
    for (const other of others) url.searchParams.append("tag", other);
    const response = await fetch(url, {
      method: "PUT",
      headers: { ...authorization, "content-type": imageManifest },
      body: manifest,
    });
    if (response.status !== 201)
      throw new Error(`PUT of the tag ${tag} answered ${response.status}: ${await response.text()}`);
    await response.body?.cancel();
  }

  async #pushSmallBlob(
    repository: string,
    bytes: Uint8Array,
    authorization: Record<string, string>,
  ): Promise<{ digest: string; size: number }> {
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const start = await fetch(`${this.#base}/v2/${repository}/blobs/uploads/`, {
      method: "POST",
      headers: authorization,
    });
    const location = start.headers.get("location");
    if (start.status !== 202 || !location)
      throw new Error(`POST of an upload answered ${start.status}: ${await start.text()}`);
    const closing = new URL(location, this.#base);
    closing.searchParams.set("digest", digest);
    const end = await fetch(closing, {
      method: "PUT",
      headers: { ...authorization, "content-type": "application/octet-stream" },
      body: bytes,
    });
    if (end.status !== 201) throw new Error(`PUT of a blob answered ${end.status}: ${await end.text()}`);
    return { digest, size: bytes.byteLength };
  }

  async #curl(args: readonly string[], expected: number) {
    const format = "%{http_code}\n%{speed_upload}\n%{speed_download}\n%{time_total}\n%header{location}\n";
    const options = ["--silent", "--show-error", "--output", "/dev/null", "--write-out", format];
    const output = await succeed("curl", [...options, ...args], { deadline: 600_000 });
    const [status, up, down, seconds, location] = output.split("\n");
    if (Number(status) !== expected)
      throw new Error(`\`curl ${redact(args)}\` answered ${status} instead of ${expected}.`);
    return {
      uploadRate: Number(up),
      downloadRate: Number(down),
      seconds: Number(seconds),
      location: location ? new URL(location, this.#base).href : "",
    };
  }
}

const curlHeaders = (headers: Record<string, string>): string[] =>
  Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);

const redact = (args: readonly string[]): string => args.join(" ").replace(/Bearer \S+/g, "Bearer …");
