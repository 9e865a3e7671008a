import { auditEntry } from "../audit/index.ts";
import { actorOf, type User } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { countCode } from "./limits.ts";
import { useRecoveryCode } from "./recovery-codes.ts";
import { isTotpCode, matchTotp } from "./totp.ts";
import type { Visit } from "./visit.ts";

/** What somebody has beside a password. Who has none signs in by the password alone. */
export type SecondFactor = "totp" | "passkey" | "recovery-code";

/** The second factors that somebody can give. */
export async function secondFactorsOf({ db }: AccountsContext, userId: string): Promise<SecondFactor[]> {
  const found = await db.query
    .selectNoFrom((is) => [
      is
        .exists(
          is
            .selectFrom("sign_in_totp")
            .select("user_id")
            .where("user_id", "=", userId)
            .where("confirmed_at", "is not", null),
        )
        .as("totp"),
      is.exists(is.selectFrom("sign_in_passkeys").select("id").where("user_id", "=", userId)).as("passkey"),
    ])
    .executeTakeFirstOrThrow();
  const factors: SecondFactor[] = [];
  if (found.totp) factors.push("totp");
  if (found.passkey) factors.push("passkey");
  return factors.length === 0 ? [] : [...factors, "recovery-code"];
}

/**
 * Uses up a code of the authenticator app (six digits) or a recovery code.
 *
 * @returns which of them it was
 * @throws HubError `denied` when it is wrong or was used; `too-many`.
 */
export async function useCode(
  context: AccountsContext,
  visit: Visit,
  user: User,
  code: string,
): Promise<"totp" | "recovery-code"> {
  const totp = isTotpCode(code);
  const giveBack = await countCode(context, visit, totp ? "code" : "recovery", user.id);
  const used = totp ? await useTotp(context, user.id, code) : await useRecovery(context, user, code);
  if (!used)
    throw new HubError(
      "denied",
      "this code is wrong or was used before; wait for the next one, or use another",
      {
        detail: { field: "code" },
      },
    );
  await giveBack();
  return totp ? "totp" : "recovery-code";
}

/** Of the same code at two moments, or twice at the same one, one is taken. */
async function useTotp(context: AccountsContext, userId: string, code: string): Promise<boolean> {
  const { db, clock } = context;
  const row = await db.query
    .selectFrom("sign_in_totp")
    .selectAll()
    .where("user_id", "=", userId)
    .where("confirmed_at", "is not", null)
    .executeTakeFirst();
  if (!row) return false;
  const secret = await openTotpSecret(context, userId, row.sealed_secret);
  const step = await matchTotp(secret, code, clock.now(), row.last_step);
  if (step === undefined) return false;
  const { numUpdatedRows } = await db.query
    .updateTable("sign_in_totp")
    .set({ last_step: step })
    .where("user_id", "=", userId)
    .where("last_step", "<", step)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

async function useRecovery(context: AccountsContext, user: User, code: string): Promise<boolean> {
  const { db, clock } = context;
  const entry = { log: user.id, action: "second-factor.recovery-code.use", target: user.name };
  const [used] = await db.batch([
    await useRecoveryCode(context, user.id, code),
    auditEntry(db, clock.now(), actorOf(user), entry),
  ]);
  return (used?.numAffectedRows ?? 0n) > 0n;
}

/** The secret lies sealed, for this user alone. */
export async function sealTotpSecret({ auth }: AccountsContext, userId: string, secret: string) {
  return auth.secret.seal(`totp ${userId}`, secret);
}

export async function openTotpSecret({ auth }: AccountsContext, userId: string, sealed: string) {
  return auth.secret.open(`totp ${userId}`, sealed);
}
