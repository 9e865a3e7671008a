import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { apiRoutes } from "../../../workers/api/index.ts";
import { authEndpoints } from "../../../workers/auth/index.ts";
import type { OrganizationRole } from "../../../workers/db/index.ts";
import type { MailMessage } from "../../../workers/platform/mail.ts";
import { R2Store } from "../../../workers/platform/r2-store.ts";
import { organizationEndpoints, type OrganizationsContext } from "../../../workers/organizations/index.ts";
import { createRegistry, registryEndpoints } from "../../../workers/registry/index.ts";
import { AuthWorld, service, type Person } from "./auth.ts";

interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}

/** The JSON API with everything up to organizations, over the test database, with a clock of its own. */
export class OrganizationsWorld {
  readonly hub = new AuthWorld();
  readonly context: OrganizationsContext;
  /** What was to be mailed so far. */
  readonly mails: MailMessage[] = [];
  readonly #background: Promise<unknown>[] = [];
  readonly #routes;

  constructor() {
    const { auth } = this.hub;
    auth.background = (work) => void this.#background.push(work);
    const registry = createRegistry({
      db: auth.db,
      blobs: new R2Store(env.BLOBS),
      clock: auth.clock,
      uploads: env.UPLOADS,
      repositories: env.REPOSITORIES,
      grace: 0,
    });
    const sendMail = async (message: MailMessage) => this.mails.push(message);
    this.context = { db: auth.db, clock: auth.clock, auth, registry, sendMail };
    const resolve = () => ({ auth, registry, organizations: this.context });
    const endpoints = [...authEndpoints, ...registryEndpoints, ...organizationEndpoints];
    this.#routes = new Hono().route("/", apiRoutes(resolve, endpoints));
  }

  /** A request with somebody's access token; undefined: without one. */
  async send<T = Record<string, unknown>>(
    who: { accessToken: string } | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const authorization = who ? { Authorization: `Bearer ${who.accessToken}` } : {};
    const content =
      body === undefined
        ? { headers: { ...authorization, ...headers } }
        : {
            headers: { ...authorization, "Content-Type": "application/json", ...headers },
            body: JSON.stringify(body),
          };
    const response = await this.#routes.request(`https://${service}/api/v1${path}`, { method, ...content });
    await this.#settle();
    const text = new TextDecoder().decode(await response.arrayBuffer());
    const isJson = /^application\/(?:problem\+)?json$/.test(response.headers.get("Content-Type") ?? "");
    return {
      status: response.status,
      body: (isJson ? JSON.parse(text) : text) as T,
      headers: response.headers,
    };
  }

  /** As `send`; fails the test unless it succeeds. */
  async must<T = Record<string, unknown>>(
    who: { accessToken: string } | undefined,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<T> {
    const answer = await this.send<T>(who, method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Makes a user with an access token of every scope; with an address, it is verified unless told. */
  async person(
    name: string,
    {
      email,
      verified = true,
      twoFactor = false,
    }: { email?: string; verified?: boolean; twoFactor?: boolean } = {},
  ): Promise<Person> {
    const person = await this.hub.person(name);
    await this.#settle();
    await this.context.db.query
      .updateTable("users")
      .set({
        email: email ?? null,
        email_verified_at: email !== undefined && verified ? this.hub.now : null,
        two_factor: twoFactor ? 1 : 0,
      })
      .where("id", "=", person.id)
      .execute();
    return person;
  }

  /** Makes an organization, with these people in these roles besides its owner. */
  async organization(
    name: string,
    owner: Person,
    members: Partial<Record<Exclude<OrganizationRole, "owner">, Person>> = {},
  ): Promise<string> {
    const { id } = await this.must<{ id: string }>(owner, "POST", "/organizations", { name });
    for (const [role, person] of Object.entries(members))
      await this.join(id, person, role as OrganizationRole);
    return id;
  }

  /** Puts somebody into an organization, without an invitation. */
  async join(organization: string, person: Person, role: OrganizationRole): Promise<void> {
    await this.context.db.query
      .insertInto("organization_members")
      .values({ organization_id: organization, user_id: person.id, role, added_at: this.hub.now })
      .execute();
  }

  /** Waits for what goes on behind answers. */
  async #settle(): Promise<void> {
    await Promise.all(this.#background.splice(0));
  }

  /** What somebody is in an organization. */
  async roleOf(organization: string, person: Person): Promise<OrganizationRole | undefined> {
    const row = await this.context.db.query
      .selectFrom("organization_members")
      .select("role")
      .where("organization_id", "=", organization)
      .where("user_id", "=", person.id)
      .executeTakeFirst();
    return row?.role;
  }

  /** All entries of a log, the newest first. */
  async log(log: string): Promise<Record<string, unknown>[]> {
    const rows = await this.context.db.query
      .selectFrom("audit_log")
      .selectAll()
      .where("log", "=", log)
      .orderBy("id", "desc")
      .execute();
    return rows.map(({ before, after, ...row }) => ({
      ...row,
      before: before === null ? null : (JSON.parse(before) as unknown),
      after: after === null ? null : (JSON.parse(after) as unknown),
    }));
  }
}

/** The secret at the end of an invitation's link. */
export function secretOf(link: string): string {
  return link.slice(link.lastIndexOf("/") + 1);
}
