import type { AccountsContext } from "./context.ts";

/**
 * Somebody by what they type to sign in, with the hash of their password: one statement. An e-mail address is whose it was verified to
 * be. A name has no "@", so the two never meet.
 */
export async function findPerson({ db }: AccountsContext, login: string) {
  const found = db.query
    .selectFrom("users")
    .leftJoin("sign_in_passwords", "sign_in_passwords.user_id", "users.id")
    .selectAll("users")
    .select("sign_in_passwords.hash");
  return login.includes("@")
    ? found.where("email", "=", login).where("email_verified_at", "is not", null).executeTakeFirst()
    : found.where("name", "=", login).executeTakeFirst();
}
