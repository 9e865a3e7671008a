import { env } from "cloudflare:workers";
import { Database, type OrganizationRole, type RepositoryRole } from "../../../../workers/db/index.ts";
import type { Person } from "../../support/registry.ts";

/** Organizations, teams and grants put straight into the database: what these tests are about begins behind them. */
export class Organization {
  readonly id: string;
  readonly name: string;
  readonly #db = new Database(env.DB);

  private constructor(id: string, name: string) {
    this.id = id;
    this.name = name;
  }

  static async make(name: string, members: Partial<Record<OrganizationRole, Person>>): Promise<Organization> {
    const made = new Organization(`organization ${name}`, name);
    await made.#db.query.insertInto("organizations").values({ id: made.id, name, created_at: 0 }).execute();
    for (const [role, person] of Object.entries(members)) await made.join(person, role as OrganizationRole);
    return made;
  }

  async set(policy: {
    default_visibility?: "public" | "private";
    repository_creation?: "members" | "maintainers";
  }) {
    await this.#db.query.updateTable("organizations").set(policy).where("id", "=", this.id).execute();
  }

  async join(person: Person, role: OrganizationRole): Promise<void> {
    const user_id = await userId(person.name);
    await this.#db.query
      .insertInto("organization_members")
      .values({ organization_id: this.id, user_id, role, added_at: 0 })
      .execute();
  }

  async leave(person: Person): Promise<void> {
    await this.#db.query
      .deleteFrom("organization_members")
      .where("organization_id", "=", this.id)
      .where("user_id", "=", await userId(person.name))
      .execute();
  }

  async team(name: string, ...people: Person[]): Promise<string> {
    const id = `team ${name} of ${this.name}`;
    await this.#db.query
      .insertInto("teams")
      .values({ id, organization_id: this.id, name, created_at: 0 })
      .execute();
    for (const person of people)
      await this.#db.query
        .insertInto("team_members")
        .values({ team_id: id, organization_id: this.id, user_id: await userId(person.name), added_at: 0 })
        .execute();
    return id;
  }

  async rule(team: string, role: RepositoryRole): Promise<void> {
    await this.#db.query
      .insertInto("default_rules")
      .values({ id: crypto.randomUUID(), organization_id: this.id, team_id: team, role, created_at: 0 })
      .execute();
  }
}

export async function userId(name: string): Promise<string> {
  const { query } = new Database(env.DB);
  const { id } = await query
    .selectFrom("users")
    .select("id")
    .where("name", "=", name)
    .executeTakeFirstOrThrow();
  return id;
}

/** The log of a user or an organization, oldest first: action, target, before and after. */
export async function logOf(owner: string): Promise<unknown[]> {
  const { query } = new Database(env.DB);
  const rows = await query
    .selectFrom("audit_log")
    .select(["action", "target", "actor_name", "before", "after"])
    .where("log", "=", owner)
    .orderBy("id")
    .execute();
  return rows.map(({ before, after, ...row }) => ({
    ...row,
    before: before === null ? null : JSON.parse(before),
    after: after === null ? null : JSON.parse(after),
  }));
}
