import { HubError } from "../shared/errors.ts";
import { firstAdministrator } from "./accounts.ts";
import type { AuthContext } from "./context.ts";
import { everyScope } from "./scopes.ts";

/** Shorter ones could be guessed. */
const minimumLength = 12;

/**
 * Makes the user `admin`, with ADMIN_TOKEN as an access token of all scopes, while there is no user at all; does nothing when there
 * is one. Of several at the same moment, one does it.
 *
 * @throws HubError `invalid` when ADMIN_TOKEN is too short.
 */
export async function ensureAdministrator({ db, clock, secret, adminToken }: AuthContext): Promise<void> {
  if (adminToken === undefined) return;
  if (adminToken.length < minimumLength)
    throw new HubError(
      "invalid",
      `ADMIN_TOKEN has ${adminToken.length} characters, it needs ${minimumLength} or more: it is the password of an administrator`,
    );
  if (await db.query.selectFrom("users").select("id").limit(1).executeTakeFirst()) return;
  const userId = crypto.randomUUID();
  const hmac = await secret.hmac(adminToken);
  const now = clock.now();
  const user = db.query
    .selectNoFrom((row) => [
      row.val(userId).as("id"),
      row.val(firstAdministrator).as("name"),
      row.lit(1).as("administrator"),
      row.val(now).as("created_at"),
    ])
    .where((is) => is.not(is.exists(db.query.selectFrom("users").select("id"))));
  // Only beside the user of the statement before, who is not there when somebody else was first.
  const token = db.query
    .selectFrom("users")
    .select((row) => [
      row.val(crypto.randomUUID()).as("id"),
      "users.id as user_id",
      row.val("first start").as("name"),
      row.val("personal" as const).as("kind"),
      row.val(hmac).as("hmac"),
      row.val(JSON.stringify(everyScope)).as("scopes"),
      row.val(now).as("created_at"),
    ])
    .where("users.id", "=", userId);
  await db.batch([
    db.query.insertInto("users").columns(["id", "name", "administrator", "created_at"]).expression(user),
    db.query
      .insertInto("access_tokens")
      .columns(["id", "user_id", "name", "kind", "hmac", "scopes", "created_at"])
      .expression(token),
  ]);
}
