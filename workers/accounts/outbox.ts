import { sql } from "kysely";
import { requireAdministrator, type SignedIn } from "../auth/index.ts";
import type { Database, Row } from "../db/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Mailer, MailMessage } from "../platform/mail.ts";
import { ProviderMailer } from "../platform/mail-provider.ts";
import { readSmtpServer, SmtpMailer } from "../platform/mail-smtp.ts";
import type { AccountsContext } from "./context.ts";
import type { MailSettings } from "./settings.ts";

/** Mails that are kept. */
const maximumMails = 500;

/** Where mail goes: to a mail server or a provider when there is one, else to the outbox. */
export function openMailer(
  db: Database,
  clock: Clock,
  settings: MailSettings | undefined,
  fetcher: typeof fetch,
): Mailer {
  if (!settings) return new Outbox(db, clock);
  const { url, from } = settings;
  return url.protocol === "https:"
    ? new ProviderMailer(url, from, fetcher)
    : new SmtpMailer(readSmtpServer(url), from);
}

/** Mail of a hub without a mail server: its administrators read it and hand it on. */
class Outbox implements Mailer {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async send({ to, subject, text, html }: MailMessage): Promise<void> {
    await this.#db.batch([
      this.#db.query
        .insertInto("outbox")
        .values({ at: this.#clock.now(), recipient: to, subject, text, html }),
      sql`delete from outbox where id <= (select max(id) from outbox) - ${maximumMails}`.compile(
        this.#db.query,
      ),
    ]);
  }
}

/**
 * Mails in the outbox, the newest first: for administrators of the hub. Whoever reads them can do what their links do.
 *
 * @param page those before the mail `before` (0: from the newest), at most `limit`
 * @throws HubError `denied`.
 */
export async function listOutbox(
  { db }: AccountsContext,
  actor: SignedIn,
  page: { before: number; limit: number },
): Promise<Row<"outbox">[]> {
  requireAdministrator(actor);
  let query = db.query.selectFrom("outbox").selectAll();
  if (page.before > 0) query = query.where("id", "<", page.before);
  return query.orderBy("id", "desc").limit(page.limit).execute();
}
