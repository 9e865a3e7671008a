import { env } from "cloudflare:workers";
import { sql } from "kysely";
import { anonymous, viewerOf, type Viewer } from "../../../../workers/auth/index.ts";
import { Database, type Badge, type Visibility } from "../../../../workers/db/index.ts";
import {
  createSearch,
  maintainIndex,
  searchRepositories,
  suggestRepositories,
  type IndexTables,
  type SearchContext,
  type SearchQuery,
} from "../../../../workers/search/index.ts";
import { AuthWorld, type Person } from "../../support/auth.ts";

/** A repository of a test; what is left out is nothing. */
export interface NewRepository {
  name: string;
  visibility?: Visibility;
  description?: string;
  categories?: readonly string[];
  pulls?: number;
  recent?: number;
  stars?: number;
  /** Of its namespace, which becomes an organization. */
  badge?: Badge | undefined;
  deprecated?: boolean;
  /** Name of a repository that was made before. */
  successor?: string;
  /** Such as `linux/arm64`. */
  platforms?: readonly string[];
  /** What is attached to its image. */
  carries?: readonly ("signature" | "sbom")[];
  /** Days since the last push. */
  age?: number;
}

const day = 86_400_000;

/** The search index over the test databases, with repositories that are made in the tables themselves. */
export class SearchWorld {
  readonly hub = new AuthWorld();
  readonly context: SearchContext;
  /** How often the index was asked to follow. */
  requests = 0;
  #digests = 0;

  /** @param index a database to use in place of the test's, such as one that fails */
  constructor(index: D1Database = env.SEARCH) {
    const { auth } = this.hub;
    const { db, clock } = auth;
    // What is in images is read from the tables of the database.
    const images = { db } as unknown as SearchContext["images"];
    const requestDrain = async () => void (this.requests += 1);
    this.context = createSearch({
      index: new Database<IndexTables>(index),
      db,
      clock,
      auth,
      images,
      requestDrain,
    });
  }

  get anybody(): Viewer {
    const viewer = viewerOf(anonymous);
    if (!viewer) throw new Error("nobody is a viewer");
    return viewer;
  }

  /** Somebody in the browser. */
  viewer({ id, name }: Person, administrator = false): Viewer {
    const viewer = viewerOf({
      kind: "user",
      id,
      name,
      administrator,
      emailVerified: true,
      twoFactor: true,
      token: undefined,
      address: undefined,
    });
    if (!viewer) throw new Error("a session may pull");
    return viewer;
  }

  async add(...repositories: readonly NewRepository[]): Promise<void> {
    const { db } = this.context;
    const { now } = this.hub;
    for (const made of repositories) {
      const { name, visibility = "public", description = "", categories = [], age = 1 } = made;
      const namespace = name.split("/")[0] ?? "";
      const id = sql<number>`(select id from repositories where name = ${name})`;
      const time = now - age * day;
      const statements = [
        sql`insert into repositories (name, visibility, created_at) values (${name}, ${visibility}, ${time})`,
        sql`update repository_counts set pulls = ${made.pulls ?? 0}, recent_pulls = ${made.recent ?? (made.pulls ?? 0) / 500},
          stars = ${made.stars ?? 0} where repository_id = ${id}`,
        sql`insert into repository_profiles (repository_id, description, categories, deprecated_at, successor_id, updated_at)
          values (${id}, ${description}, ${JSON.stringify(categories)}, ${made.deprecated ? now : null},
            (select id from repositories where name = ${made.successor ?? ""}), ${now})`,
        ...this.#contents(id, made, time),
      ];
      if (made.badge)
        statements.unshift(
          sql`insert or ignore into organizations (id, name, created_at) values (${`id of ${namespace}`}, ${namespace}, 0)`,
          sql`insert or ignore into namespace_badges (namespace_id, badge, set_at) values (${`id of ${namespace}`}, ${made.badge}, 0)`,
        );
      await db.batch(statements.map((statement) => statement.compile(db.query)));
    }
  }

  /** The statements that make a tag with an index of an image for each platform, and what is attached to it. */
  #contents(id: ReturnType<typeof sql<number>>, made: NewRepository, at: number) {
    const { platforms = [], carries = [] } = made;
    if (platforms.length + carries.length === 0) return [];
    const digest = () => `sha256:${String((this.#digests += 1)).padStart(64, "0")}`;
    const manifest = (name: string, subject: string | null) =>
      sql`insert into manifests (repository_id, digest, media_type, size, locator, subject, pushed_at)
        values (${id}, ${name}, 'application/json', 2, ${name + made.name}, ${subject}, ${at})`;
    const image = (name: string, kind: string, platform: string, carried: readonly string[]) =>
      sql`insert into images (repository_id, digest, kind, os, architecture, size, carries, described_at)
        values (${id}, ${name}, ${kind}, ${platform.split("/")[0] ?? ""}, ${platform.split("/")[1] ?? ""}, 1, ${JSON.stringify(carried)}, ${at})`;
    const index = digest();
    return [
      manifest(index, null),
      image(index, "index", "", []),
      sql`insert into tags (repository_id, name, digest, moved_at) values (${id}, 'latest', ${index}, ${at})`,
      ...platforms.flatMap((platform) => {
        const own = digest();
        return [
          manifest(own, null),
          image(own, "image", platform, []),
          sql`insert into manifest_references (repository_id, manifest, target, kind) values (${id}, ${index}, ${own}, 'manifest')`,
        ];
      }),
      ...carries.flatMap((kind) => {
        const own = digest();
        return [manifest(own, index), image(own, "artifact", "", [kind])];
      }),
    ];
  }

  /** Has the index follow until there is nothing left to do. */
  async follow(): Promise<void> {
    while ((await maintainIndex(this.context)).more);
  }

  async search(query: string | SearchQuery, viewer = this.anybody) {
    return searchRepositories(this.context, viewer, typeof query === "string" ? { text: query } : query);
  }

  /** The names of what is found, in order. */
  async names(query: string | SearchQuery, viewer = this.anybody): Promise<string[]> {
    return (await this.search(query, viewer)).hits.map(({ name }) => name);
  }

  async suggestions(text: string, viewer = this.anybody): Promise<string[]> {
    return (await suggestRepositories(this.context, viewer, text)).map(({ name }) => name);
  }

  /** Runs a statement on the main database. */
  async change(statement: string, ...values: readonly (string | number | null)[]): Promise<void> {
    await env.DB.prepare(statement)
      .bind(...values)
      .run();
  }
}

/** Everything that the active set of the index holds, in an order that depends on nothing else. */
export async function contentsOfIndex(): Promise<Record<string, unknown[]>> {
  const active = await env.SEARCH.prepare("select active from index_state").first<"a" | "b">("active");
  const read = async (statement: string) => (await env.SEARCH.prepare(statement).all()).results;
  const contents: Record<string, unknown[]> = {
    documents: await read(`select * from documents_${active} order by repository_id`),
  };
  for (const table of ["words", "names", "grams"]) {
    await env.SEARCH.prepare(
      `create virtual table if not exists ${table}_terms_${active} using fts5vocab('${table}_${active}', 'instance')`,
    ).run();
    contents[table] = await read(`select term, doc from ${table}_terms_${active} order by term, doc`);
  }
  return contents;
}
