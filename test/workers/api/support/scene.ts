import { env } from "cloudflare:workers";
import { everyScope } from "../../../../workers/auth/index.ts";
import type { OrganizationRole, RepositoryRole } from "../../../../workers/db/index.ts";
import { services } from "../../../../workers/services.ts";
import { createAccessTokenText } from "../../../../workers/shared/access-token.ts";
import { digestOf } from "../../../../workers/shared/digest.ts";
import { send } from "../../support/registry.ts";

/** Who calls. Everybody below `stranger` and above `robot` is in the scene's organization. */
export const actors = [
  "nobody",
  "stranger",
  // Owner of another organization.
  "rival",
  "guest",
  "member",
  // Members with that role on the scene's repository, and nothing else.
  "reader",
  "triager",
  "writer",
  "keeper",
  "maintainer",
  "owner",
  "organization's token",
  "robot",
  "administrator",
] as const;
export type Actor = (typeof actors)[number];

const rolesInOrganization: Partial<Record<Actor, OrganizationRole>> = {
  guest: "guest",
  member: "member",
  reader: "member",
  triager: "member",
  writer: "member",
  keeper: "member",
  maintainer: "maintainer",
  owner: "owner",
};

const rolesOnRepository: Partial<Record<Actor, RepositoryRole>> = {
  reader: "read",
  triager: "triage",
  writer: "write",
  keeper: "admin",
};

/** Of every action, on every repository: what a robot can be given. */
const robotScopes = everyScope.filter((scope) => scope.startsWith("repository:"));

/** Names and ids of one of each thing there is, by what the paths of the API call them. */
type Things = Readonly<Record<string, string>>;

/** An organization with everybody in and around it and one of each thing that the API speaks of, of which no other scene has any. */
export class Scene {
  readonly number: number;
  readonly #bearers = new Map<string, string>();
  readonly #statements: D1PreparedStatement[] = [];
  readonly #things: Record<string, string> = {};

  private constructor(number: number) {
    this.number = number;
  }

  static async make(number: number): Promise<Scene> {
    const scene = new Scene(number);
    await scene.#people();
    await scene.#organizations();
    await scene.#everythingElse();
    await env.DB.batch(scene.#statements);
    return scene;
  }

  /** What there is in the scene's organization, or on its repository. */
  get things(): Things {
    return this.#things;
  }

  /** A name in this scene. */
  name(name: string): string {
    return `${name}${this.number}`;
  }

  /** The access token of an actor, or of `<actor> without <scope>`. */
  bearer(actor: string): string | undefined {
    if (actor === "nobody") return undefined;
    const bearer = this.#bearers.get(actor);
    if (bearer === undefined) throw new Error(`nobody in the scene is called "${actor}"`);
    return bearer;
  }

  /** Id of the browser session that somebody has. */
  sessionOf(person: string): string {
    return this.name(`session of ${person} `);
  }

  async send(actor: string, { method, path, body }: Sent): Promise<Response> {
    const bearer = this.bearer(actor);
    return send(path, {
      method,
      headers: {
        ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  }

  async #people(): Promise<void> {
    const people = [
      "stranger",
      "rival",
      "newcomer",
      "leaver",
      "administrator",
      ...Object.keys(rolesInOrganization),
    ];
    for (const person of people) {
      const id = this.name(person);
      this.#insert("users", {
        id,
        name: id,
        administrator: person === "administrator" ? 1 : 0,
        two_factor: 1,
        created_at: 0,
      });
      await this.#token(person, { kind: "personal", user_id: id }, everyScope);
      this.#insert("sign_in_sessions", {
        id: this.sessionOf(person),
        hmac: this.sessionOf(person),
        user_id: id,
        created_at: Date.now(),
        used_at: Date.now(),
        agent: "",
      });
    }
  }

  async #organizations(): Promise<void> {
    for (const organization of ["acme", "other"]) {
      const id = this.name(organization);
      this.#insert("organizations", { id, name: id, created_at: 0 });
    }
    const acme = this.name("acme");
    const member = (organization: string, person: string, role: string) =>
      this.#insert("organization_members", {
        organization_id: organization,
        user_id: this.name(person),
        role,
        added_at: 0,
      });
    member(this.name("other"), "rival", "owner");
    for (const [person, role] of Object.entries(rolesInOrganization)) member(acme, person, role);
    member(acme, "leaver", "member");
    // So that an owner may go, or become something else.
    member(acme, "administrator", "owner");
    this.#insert("users", {
      id: this.name("unverified"),
      name: this.name("unverified"),
      email: `${this.name("unverified")}@example.com`,
      two_factor: 1,
      created_at: 0,
    });
    await this.#token("unverified", { kind: "personal", user_id: this.name("unverified") }, everyScope);
    member(acme, "unverified", "owner");
    await this.#token("organization's token", { kind: "organization", organization_id: acme }, everyScope);
    await this.#token("robot", { kind: "robot", organization_id: acme }, robotScopes);
    for (const scope of ["account", "administration"])
      for (const person of ["owner", "administrator"])
        await this.#token(
          `${person} without ${scope}`,
          { kind: "personal", user_id: this.name(person) },
          everyScope.filter((each) => each !== scope),
        );
    await this.#token(
      "owner without repositories",
      { kind: "personal", user_id: this.name("owner") },
      everyScope.filter((scope) => !scope.startsWith("repository:")),
    );
  }

  async #everythingElse(): Promise<void> {
    const { auth } = services(env);
    const organization = this.name("acme");
    const repository = `${organization}/web`;
    const insertInRepository = (table: string, row: Row) => {
      const names = Object.keys(row).join(", ");
      const marks = Object.keys(row).map(() => "?");
      this.#statements.push(
        env.DB.prepare(
          `insert into ${table} (repository_id, ${names}) select id, ${marks.join(", ")} from repositories where name = ?`,
        ).bind(...Object.values(row), repository),
      );
    };
    this.#insert("repositories", { name: repository, created_at: 0 });
    this.#insert("repositories", { name: `${this.name("other")}/web`, created_at: 0 });
    for (const [person, role] of Object.entries(rolesOnRepository))
      insertInRepository("repository_grants", { user_id: this.name(person), role, granted_at: 0 });
    insertInRepository("repository_redirects", { name: `${organization}/before`, since: 0 });
    const digest = await digestOf(new TextEncoder().encode(repository));
    insertInRepository("manifests", {
      digest,
      media_type: "application/vnd.oci.image.manifest.v1+json",
      size: 2,
      locator: `m/${repository}`,
      pushed_at: 0,
    });
    insertInRepository("readmes", {
      source: "Cargo.",
      html: "<p>Cargo.</p>",
      renderer: "1",
      origin: "written",
      updated_at: 0,
    });
    insertInRepository("tags", { name: "v1", digest, moved_at: 0 });
    insertInRepository("images", { digest, kind: "image", size: 2, described_at: 0 });
    // It has been described, so that to look at it changes nothing.
    this.#statements.push(env.DB.prepare("delete from undescribed_manifests where digest = ?").bind(digest));

    const team = this.name("team");
    this.#insert("teams", { id: team, organization_id: organization, name: team, created_at: 0 });
    this.#insert("team_members", {
      team_id: team,
      organization_id: organization,
      user_id: this.name("leaver"),
      added_at: 0,
    });
    insertInRepository("repository_grants", { team_id: team, role: "read", granted_at: 0 });
    this.#insert("default_rules", {
      id: this.name("rule"),
      organization_id: organization,
      team_id: team,
      role: "read",
      created_at: 0,
    });
    this.#insert("invitations", {
      id: this.name("invitation"),
      organization_id: organization,
      role: "member",
      hmac: await auth.secret.hmac(`invitation:${this.name("secret")}`),
      created_by: this.name("owner"),
      created_at: Date.now(),
      expires_at: Date.now() + 3_600_000,
    });
    this.#insert("federation_rules", {
      id: this.name("federation-rule"),
      organization_id: organization,
      name: this.name("federation-rule"),
      issuer: "https://token.actions.githubusercontent.com",
      claims: `{"repository":"acme/web"}`,
      scopes: JSON.stringify(robotScopes),
      created_at: 0,
      created_by: this.name("owner"),
    });
    this.#insert("namespaces", { name: this.name("formerly"), kind: "organization", owner_id: organization });
    this.#insert("namespace_badges", { namespace_id: organization, badge: "verified", set_at: 0 });
    await this.#token("spare robot", { kind: "robot", organization_id: organization }, robotScopes);
    Object.assign(this.#things, {
      organization,
      name: repository,
      team,
      tag: "v1",
      user: this.name("leaver"),
      newcomer: this.name("newcomer"),
      rule: this.name("rule"),
      invitation: this.name("invitation"),
      federationRule: this.name("federation-rule"),
      token: this.name("spare robot"),
      oldName: this.name("formerly"),
      oldRepository: `${organization}/before`,
      collaborator: this.name("reader"),
      invitationSecret: this.name("secret"),
    });
  }

  /** Used in the future: so a request never writes when it was used last. */
  async #token(actor: string, owner: Row, scopes: readonly string[]): Promise<void> {
    const text = createAccessTokenText();
    this.#bearers.set(actor, text);
    const { auth } = services(env);
    this.#insert("access_tokens", {
      id: this.name(actor),
      ...owner,
      name: actor.replaceAll(/[^a-z]+/g, "-"),
      hmac: await auth.secret.hmac(text),
      scopes: JSON.stringify(scopes),
      created_at: Date.now(),
      last_used_at: Date.now() + 86_400_000,
    });
  }

  #insert(table: string, row: Row): void {
    const marks = Object.keys(row).map(() => "?");
    this.#statements.push(
      env.DB.prepare(
        `insert into ${table} (${Object.keys(row).join(", ")}) values (${marks.join(", ")})`,
      ).bind(...Object.values(row)),
    );
  }
}

type Row = Record<string, string | number | null>;

export interface Sent {
  method: string;
  path: string;
  body?: unknown;
}

/** All rows of all tables, as text: two are equal when nothing has changed between them. */
export async function wholeDatabase(): Promise<string> {
  const tables = await env.DB.prepare(
    `select name from sqlite_schema where type = 'table' and name not glob 'sqlite_*' and name not glob '_cf_*' and name not glob 'd1_*'`,
  ).all<{ name: string }>();
  const rows = await env.DB.batch(tables.results.map(({ name }) => env.DB.prepare(`select * from ${name}`)));
  return JSON.stringify(tables.results.map(({ name }, index) => [name, rows[index]?.results]));
}
