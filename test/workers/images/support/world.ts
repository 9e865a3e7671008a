import { env } from "cloudflare:workers";
import { anonymous, viewerOf, type PresentRepository, type Viewer } from "../../../../workers/auth/index.ts";
import { Database } from "../../../../workers/db/index.ts";
import {
  describeWaiting,
  documentPlaces,
  type DescribedImage,
  type ImagesContext,
} from "../../../../workers/images/index.ts";
import { R2Store } from "../../../../workers/platform/r2-store.ts";
import { digestOf, type Digest } from "../../../../workers/shared/digest.ts";
import { mediaTypes } from "../../../../workers/shared/media-types.ts";
import { people, RepositoryClient, type Person } from "../../support/registry.ts";

const configType = "application/vnd.oci.image.config.v1+json";
const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";

export interface ImageSpec {
  /** Texts that stand for the layers, which are not pushed. */
  layers?: readonly string[];
  /** More of the configuration, or something in its place. */
  config?: unknown;
  architecture?: string;
  /** More of the manifest. */
  manifest?: object;
  /** The configuration is not pushed. */
  withoutConfig?: boolean;
}

export const digestOfText = (text: string): Promise<Digest> => digestOf(new TextEncoder().encode(text));

/** People who push images, and the noun files of images over the test bindings, with a clock that a test moves. */
export class ImagesWorld {
  readonly context: ImagesContext;
  /** What others were told so far. */
  readonly told: DescribedImage[] = [];
  /** Milliseconds that the clock is ahead. */
  ahead = 0;
  /** Statements sent to D1 so far. */
  readonly sent: { sql: string; values: unknown[] }[] = [];
  readonly #people: { alice: Person; bob: Person };

  private constructor(everybody: { alice: Person; bob: Person }) {
    this.#people = everybody;
    this.context = {
      db: new Database(this.#noted(env.DB)),
      clock: { now: () => Date.now() + this.ahead },
      registry: { blobs: new R2Store(env.BLOBS) },
      documents: documentPlaces(),
      described: async (image) => void this.told.push(image),
    };
  }

  static async make(): Promise<ImagesWorld> {
    return new ImagesWorld(await people());
  }

  get alice(): Person {
    return this.#people.alice;
  }

  get bob(): Person {
    return this.#people.bob;
  }

  async client(who: Person, name: string): Promise<RepositoryClient> {
    return RepositoryClient.open(who, name);
  }

  /** Pushes an image whose configuration fits its layers. */
  async push(client: RepositoryClient, reference: string | undefined, spec: ImageSpec = {}): Promise<Digest> {
    const { layers = [], architecture = "amd64", manifest = {} } = spec;
    const diffIds = await Promise.all(layers.map((layer) => digestOfText(`unpacked ${layer}`)));
    const own = { os: "linux", architecture, rootfs: { type: "layers", diff_ids: diffIds } };
    const isObject = typeof spec.config === "object" && spec.config !== null && !Array.isArray(spec.config);
    const config =
      spec.config === undefined || isObject ? { ...own, ...(spec.config as object) } : spec.config;
    const text = typeof config === "string" ? config : JSON.stringify(config);
    if (!spec.withoutConfig) await client.pushBlob(text);
    return this.pushManifest(client, reference, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: configType, digest: await digestOfText(text), size: text.length },
      layers: await Promise.all(
        layers.map(async (layer) => ({ mediaType: layerType, digest: await digestOfText(layer), size: 100 })),
      ),
      ...manifest,
    });
  }

  /** Pushes an index of these images, in which something more may be said of each. */
  async pushIndex(
    client: RepositoryClient,
    reference: string,
    children: readonly { digest: Digest; platform?: object; annotations?: object }[],
    more: object = {},
  ): Promise<Digest> {
    const manifests = children.map((child) => ({ mediaType: mediaTypes.ociManifest, size: 500, ...child }));
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests, ...more };
    return this.pushManifest(client, reference, index, mediaTypes.ociIndex);
  }

  /** Pushes an artifact of these documents. */
  async pushArtifact(
    client: RepositoryClient,
    reference: string | undefined,
    documents: readonly { type: string; content: unknown; annotations?: object }[],
    manifest: object = {},
  ): Promise<Digest> {
    const layers = [];
    for (const { type, content, annotations } of documents) {
      const text = typeof content === "string" ? content : JSON.stringify(content);
      const digest = await client.pushBlob(text);
      const size = new TextEncoder().encode(text).byteLength;
      layers.push({ mediaType: type, digest, size, ...(annotations ? { annotations } : {}) });
    }
    const empty = "application/vnd.oci.empty.v1+json";
    return this.pushManifest(client, reference, {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: { mediaType: empty, digest: await client.pushBlob("{}"), size: 2 },
      layers,
      ...manifest,
    });
  }

  async pushManifest(
    client: RepositoryClient,
    reference: string | undefined,
    manifest: object,
    type: string = mediaTypes.ociManifest,
  ): Promise<Digest> {
    const digest = await digestOfText(JSON.stringify(manifest));
    const response = await client.pushManifest(reference ?? digest, manifest, type);
    if (response.status !== 201) throw new Error(`manifest: ${response.status} ${await response.text()}`);
    return digest;
  }

  /** Describes all that waits. */
  async describe(): Promise<void> {
    while ((await describeWaiting(this.context)).more);
  }

  async found(name: string): Promise<PresentRepository> {
    const row = await this.context.db.query
      .selectFrom("repositories")
      .selectAll()
      .where("name", "=", name)
      .executeTakeFirstOrThrow();
    return row as unknown as PresentRepository;
  }

  async publish(...names: string[]): Promise<void> {
    for (const name of names)
      await this.context.db.query
        .updateTable("repositories")
        .set({ visibility: "public" })
        .where("name", "=", name)
        .execute();
  }

  /** Somebody who reads, with a browser session. */
  async viewer(who?: Person): Promise<Viewer> {
    if (!who) return viewerOf(anonymous)!;
    const row = await this.context.db.query
      .selectFrom("users")
      .select("id")
      .where("name", "=", who.name)
      .executeTakeFirstOrThrow();
    return {
      kind: "user",
      id: row.id,
      administrator: false,
      twoFactor: true,
      tokenSince: null,
      patterns: ["**"],
    };
  }

  /** Rows that D1 reads for the statements sent so far, when they are sent once more. */
  async rowsRead(): Promise<number> {
    let rows = 0;
    for (const { sql, values } of this.sent)
      rows += (
        await env.DB.prepare(sql)
          .bind(...values)
          .all()
      ).meta.rows_read;
    return rows;
  }

  #noted(d1: D1Database): D1Database {
    const prepare = (sql: string) => {
      const statement = d1.prepare(sql);
      return Object.assign(Object.create(statement) as D1PreparedStatement, {
        bind: (...values: unknown[]) => {
          this.sent.push({ sql, values });
          return statement.bind(...values);
        },
      });
    };
    return {
      prepare,
      batch: (statements: D1PreparedStatement[]) => d1.batch(statements),
    } as unknown as D1Database;
  }
}
