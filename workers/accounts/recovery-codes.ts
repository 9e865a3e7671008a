import { sql, type CompiledQuery } from "kysely";
import type { AuthContext, User } from "../auth/index.ts";
import type { AccountsContext } from "./context.ts";

/** How many somebody gets at once. */
const count = 10;

/** Without what is easily taken for another: 0 and O, 1, I and L. */
const alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/**
 * Codes that stand in once for a second factor that is lost: 15 characters, 74 bits, so that an HMAC is all that has to be kept.
 *
 * @returns the codes, which are shown this once, and the statements that put them in the place of earlier ones
 */
export async function newRecoveryCodes(
  { db, auth }: AccountsContext,
  userId: string,
): Promise<{ codes: string[]; queries: CompiledQuery[] }> {
  const codes = Array.from({ length: count }, createCode);
  const rows = await Promise.all(
    codes.map(async (code) => ({ user_id: userId, hmac: await hmacOf(auth, userId, code), used_at: null })),
  );
  return {
    codes,
    queries: [
      db.query.deleteFrom("sign_in_recovery_codes").where("user_id", "=", userId).compile(),
      db.query.insertInto("sign_in_recovery_codes").values(rows).compile(),
    ],
  };
}

/** Recovery codes for who gets their first second factor; none for who had one before. */
export async function firstRecoveryCodes(
  context: AccountsContext,
  { id, twoFactor }: User,
): Promise<{ codes: string[]; queries: CompiledQuery[] }> {
  return twoFactor ? { codes: [], queries: [] } : newRecoveryCodes(context, id);
}

/** The statement that uses a code up; it changes nothing when there is none such, or it was used. */
export async function useRecoveryCode(
  { db, clock, auth }: AccountsContext,
  userId: string,
  code: string,
): Promise<CompiledQuery> {
  const hmac = await hmacOf(auth, userId, code);
  return sql`update sign_in_recovery_codes set used_at = ${clock.now()}
    where user_id = ${userId} and hmac = ${hmac} and used_at is null`.compile(db.query);
}

/** However it was typed: in small letters, with other dashes or none. */
async function hmacOf({ secret }: AuthContext, userId: string, code: string): Promise<string> {
  const letters = code
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, "")
    .slice(0, 40);
  return secret.hmac(`recovery code ${userId} ${letters}`);
}

function createCode(): string {
  const letters: string[] = [];
  while (letters.length < 15)
    for (const byte of crypto.getRandomValues(new Uint8Array(32)))
      // Of a byte's 256 values the last few would make some letters likelier.
      if (byte < 256 - (256 % alphabet.length) && letters.length < 15)
        letters.push(alphabet.charAt(byte % alphabet.length));
  return [letters.slice(0, 5), letters.slice(5, 10), letters.slice(10)]
    .map((five) => five.join(""))
    .join("-");
}
