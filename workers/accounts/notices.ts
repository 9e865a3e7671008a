import type { User } from "../auth/index.ts";
import type { AccountsContext } from "./context.ts";
import type { Notice } from "./mails.ts";

/** Tells somebody by mail what was just done to their account, so that they notice when it was somebody else. */
export async function sendNotice(
  { db, work }: AccountsContext,
  user: Pick<User, "id" | "name">,
  notice: Notice,
): Promise<void> {
  const row = await db.query
    .selectFrom("users")
    .select("email")
    .where("id", "=", user.id)
    .where("email_verified_at", "is not", null)
    .executeTakeFirst();
  if (row?.email) await work.send({ type: "notice-mail", to: row.email, name: user.name, notice });
}
