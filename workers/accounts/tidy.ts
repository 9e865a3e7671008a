import type { AccountsContext } from "./context.ts";
import { liveSince } from "./sessions.ts";

/** Removes what has ended: sessions and tickets. */
export async function tidyAccounts({ db, clock }: AccountsContext): Promise<void> {
  const now = clock.now();
  const { usedAfter } = liveSince(now);
  await db.batch([
    db.query.deleteFrom("sign_in_tickets").where("expires_at", "<=", now),
    db.query.deleteFrom("sign_in_sessions").where("used_at", "<=", usedAfter),
  ]);
}
