import type { Database } from "../db/index.ts";

/** More are kept from no hub that anybody has. */
const maximumTokens = 1000;

/**
 * Access tokens that may have any text: ADMIN_TOKEN of the first start, and what is older than the form that texts have now. They are
 * read once, so that whatever else lacks that form is refused without asking the database, as the password of an account is.
 */
export class FirstTokens {
  readonly #db: Database;
  #hmacs: ReadonlySet<string> | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  async has(hmac: string): Promise<boolean> {
    const hmacs = this.#hmacs ?? (await this.#read());
    this.#hmacs = hmacs;
    return hmacs.has(hmac);
  }

  async #read(): Promise<ReadonlySet<string>> {
    const rows = await this.#db.query
      .selectFrom("access_tokens")
      .select(["hmac", "previous_hmac"])
      .where("kind", "=", "personal")
      .where("created_by", "is", null)
      .limit(maximumTokens)
      .execute();
    return new Set(
      rows.flatMap(({ hmac, previous_hmac: previous }) => (previous === null ? [hmac] : [hmac, previous])),
    );
  }
}
