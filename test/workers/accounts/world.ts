import { env } from "cloudflare:workers";
import { createAuth } from "../../../workers/auth/index.ts";
import {
  cookiesFor,
  createAccounts,
  currentSession,
  runMailJob,
  signIn,
  signUp,
  verifyEmail,
  visitOf,
  type AccountsContext,
  type MailJob,
  type Opened,
  type Session,
  type Visit,
} from "../../../workers/accounts/index.ts";
import { Database } from "../../../workers/db/index.ts";
import { HubError } from "../../../workers/shared/errors.ts";

type Variables = Parameters<typeof createAccounts>[0]["variables"];

export const origin = "https://hub.example";
export const password = "correct horse battery";

interface Settings {
  variables?: Variables;
  publicUrl?: string;
  fetch?: typeof fetch;
  isInvited?: AccountsContext["isInvited"];
}

/** People's accounts over the test database, with a clock of their own, and a hasher that counts in place of one that takes its time. */
export class AccountsWorld {
  /** Milliseconds since 1970. */
  now = Date.parse("2026-11-23T12:00:00Z");
  /** Statements sent to D1 so far; a batch is as many as it holds. */
  statements = 0;
  /** Passwords hashed so far. */
  hashes = 0;
  readonly context: AccountsContext;
  /** What the queue carries. */
  readonly jobs: MailJob[] = [];
  readonly #background: Promise<unknown>[] = [];

  constructor({ variables = {}, publicUrl = origin, fetch, isInvited }: Settings = {}) {
    const auth = createAuth({
      db: new Database(this.#counted(env.DB)),
      clock: { now: () => this.now },
      secret: "a secret of the tests, of thirty-two bytes or more",
      adminToken: "the administrator's first token",
      attempts: env.ATTEMPTS,
      publicUrl,
      clientAddress: (request) => request.headers.get("Test-Address") ?? undefined,
    });
    auth.background = (work) => void this.#background.push(work);
    this.context = createAccounts({
      auth,
      variables,
      work: { send: async (job) => this.jobs.push(job) },
      isInvited: isInvited ?? (async () => false),
      fetch: fetch ?? (() => Promise.reject(new Error("this test contacts nobody"))),
    });
    this.context.hasher = this.#countingHasher();
  }

  browser(about: { address?: string; agent?: string } = {}): Browser {
    return new Browser(this, about);
  }

  /** Waits for what goes on behind the answers. */
  async finish(): Promise<void> {
    await Promise.all(this.#background.splice(0));
  }

  /** The same, and delivers the mail. */
  async settle(): Promise<void> {
    await this.finish();
    for (const job of this.jobs.splice(0)) await runMailJob(this.context, job);
  }

  /** Mails to an address so far, the newest first. */
  async mails(to: string): Promise<{ subject: string; text: string }[]> {
    await this.settle();
    return this.context.db.query
      .selectFrom("outbox")
      .selectAll()
      .where("recipient", "=", to)
      .orderBy("id", "desc")
      .execute();
  }

  /** The token in the link of the newest mail to an address. */
  async linkToken(to: string): Promise<string> {
    const [mail] = await this.mails(to);
    const token = /\?token=([\w-]+)/.exec(mail?.text ?? "")?.[1];
    if (token === undefined) throw new Error(`the newest mail to ${to} has no link: ${mail?.text}`);
    return token;
  }

  /** Somebody whose address `<name>@people.example` is verified, in a browser of theirs. */
  async person(name: string): Promise<Browser> {
    const browser = this.browser({ address: "192.0.2.10", agent: `browser of ${name}` });
    browser.take(
      await signUp(this.context, browser.visit, { name, email: `${name}@people.example`, password }),
    );
    const token = await this.linkToken(`${name}@people.example`);
    browser.take(await verifyEmail(this.context, browser.visit, await browser.session(), token));
    return browser;
  }

  /** What the audit log of an account says, the oldest first. */
  async log(userId: string): Promise<string[]> {
    await this.settle();
    const rows = await this.context.db.query
      .selectFrom("audit_log")
      .select("action")
      .where("log", "=", userId)
      .orderBy("id")
      .execute();
    return rows.map(({ action }) => action);
  }

  #countingHasher(): AccountsContext["hasher"] {
    const count = () => void (this.hashes += 1);
    return {
      hash: async (text) => (count(), `hash of ${text}`),
      verify: async (text, stored) => (count(), stored === `hash of ${text}`),
      pretend: async () => count(),
      isOutdated: () => false,
    };
  }

  #counted(d1: D1Database): D1Database {
    return new Proxy(d1, {
      get: (target, property) => {
        if (property === "prepare") this.statements += 1;
        const value: unknown = Reflect.get(target, property);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  }
}

/** A browser: keeps cookies, and sends them. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #world: AccountsWorld;
  readonly #headers: Record<string, string>;

  constructor(world: AccountsWorld, { address, agent = "a browser" }: { address?: string; agent?: string }) {
    this.#world = world;
    this.#headers = { "User-Agent": agent, ...(address === undefined ? {} : { "Test-Address": address }) };
  }

  get visit(): Visit {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return visitOf(
      this.#world.context,
      new Request(`${origin}/`, { headers: { ...this.#headers, Cookie: cookie } }),
    );
  }

  /** Keeps the cookies of a session that was opened. */
  take(opened: Opened): Opened {
    this.keep(cookiesFor(this.visit, opened));
    return opened;
  }

  keep(setCookies: readonly string[]): void {
    for (const line of setCookies) {
      const [, name = "", value = "", rest = ""] = /^([^=]+)=([^;]*);(.*)$/.exec(line) ?? [];
      if (rest.includes("Max-Age=0")) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
  }

  /** The session it is in; fails the test when it is in none. */
  async session(): Promise<Session> {
    const session = await this.maybeSession();
    if (!session) throw new Error("the browser is not signed in");
    return session;
  }

  async maybeSession(): Promise<Session | undefined> {
    return currentSession(this.#world.context, this.visit);
  }

  /** Signs in with the password and nothing else. */
  async signIn(login: string, typed = password): Promise<void> {
    const step = await signIn(this.#world.context, this.visit, { login, password: typed });
    if (step.step !== "done") throw new Error("a second factor is asked for");
    this.take(step.opened);
  }
}

/** The refusal that `act` ends with; fails the test when it is none. */
export async function refusal(
  act: Promise<unknown>,
): Promise<{ kind: string; message: string; detail: unknown }> {
  try {
    await act;
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return { kind: error.kind, message: error.message, detail: error.detail };
  }
  throw new Error("nothing was refused");
}
