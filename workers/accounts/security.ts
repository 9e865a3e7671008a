import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { actorOf } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { listIdentities, type Identity } from "./identities.ts";
import { countCode } from "./limits.ts";
import { sendNotice } from "./notices.ts";
import { listPasskeys, type Passkey } from "./passkeys.ts";
import { firstRecoveryCodes, newRecoveryCodes } from "./recovery-codes.ts";
import { openTotpSecret, sealTotpSecret } from "./second-factor.ts";
import { renewSession, requireSudo, type Opened, type Session } from "./sessions.ts";
import { createTotpSecret, matchTotp, totpUri } from "./totp.ts";
import type { Visit } from "./visit.ts";

/** How somebody signs in. */
export interface Security {
  password: boolean;
  totp: boolean;
  recoveryCodesLeft: number;
  passkeys: Passkey[];
  identities: Identity[];
}

export async function securityOf(context: AccountsContext, session: Session): Promise<Security> {
  const { id } = session.user;
  const { rows } = await sql<{ password: 0 | 1; totp: 0 | 1; codes: number }>`select
      exists (select 1 from sign_in_passwords where user_id = ${id}) as password,
      exists (select 1 from sign_in_totp where user_id = ${id} and confirmed_at is not null) as totp,
      (select count(*) from sign_in_recovery_codes where user_id = ${id} and used_at is null) as codes`.execute(
    context.db.query,
  );
  const [found] = rows;
  return {
    password: found?.password === 1,
    totp: found?.totp === 1,
    recoveryCodesLeft: found?.codes ?? 0,
    passkeys: await listPasskeys(context, session),
    identities: await listIdentities(context, session),
  };
}

/**
 * Begins to set up an authenticator app. Nothing changes until a code of it has been given.
 *
 * @returns its secret, which is shown this once, in base32 and as what a QR code says
 * @throws HubError `denied` without confirmation; `conflict` when there is one already.
 */
export async function startTotp(
  context: AccountsContext,
  visit: Visit,
  session: Session,
): Promise<{ secret: string; uri: string }> {
  requireSudo(context, session);
  const { db, clock } = context;
  const { user } = session;
  const secret = createTotpSecret();
  const sealed_secret = await sealTotpSecret(context, user.id, secret);
  const { numInsertedOrUpdatedRows } = await db.query
    .insertInto("sign_in_totp")
    .values({ user_id: user.id, sealed_secret, created_at: clock.now(), confirmed_at: null })
    .onConflict((conflict) =>
      conflict
        .column("user_id")
        .doUpdateSet({ sealed_secret })
        .where("sign_in_totp.confirmed_at", "is", null),
    )
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 0n)
    throw new HubError(
      "conflict",
      "there is an authenticator app already; remove it before you set up another",
    );
  return { secret, uri: totpUri(secret, new URL(visit.origin).host, user.name) };
}

/**
 * Finishes setting up an authenticator app, by a code of it.
 *
 * @returns recovery codes, which are shown this once; none when there was a second factor already
 * @throws HubError `denied` when the code is wrong, or without confirmation; `conflict`; `too-many`.
 */
export async function confirmTotp(
  context: AccountsContext,
  visit: Visit,
  session: Session,
  code: string,
): Promise<{ opened: Opened; recoveryCodes: string[] }> {
  requireSudo(context, session);
  const { db, clock } = context;
  const { user } = session;
  const giveBack = await countCode(context, visit, "code", user.id);
  const row = await db.query
    .selectFrom("sign_in_totp")
    .selectAll()
    .where("user_id", "=", user.id)
    .where("confirmed_at", "is", null)
    .executeTakeFirst();
  if (!row) throw new HubError("conflict", "no authenticator app is being set up; begin with its QR code");
  const now = clock.now();
  const step = await matchTotp(await openTotpSecret(context, user.id, row.sealed_secret), code, now, 0);
  if (step === undefined)
    throw new HubError(
      "denied",
      "this is not the code of the app; check that the clock of its device is right",
      {
        detail: { field: "code" },
      },
    );
  await giveBack();
  const { codes, queries } = await firstRecoveryCodes(context, user);
  const renewed = await renewSession(context, visit, session);
  await db.batch([
    // Nothing when another secret was made meanwhile.
    db.query
      .updateTable("sign_in_totp")
      .set({ confirmed_at: now, last_step: step })
      .where("user_id", "=", user.id)
      .where("sealed_secret", "=", row.sealed_secret),
    auditEntry(db, now, actorOf(user), { log: user.id, action: "second-factor.totp.add", target: user.name }),
    ...queries,
    ...renewed.queries,
  ]);
  return { opened: { ...renewed.opened, user: { ...user, twoFactor: true } }, recoveryCodes: codes };
}

/** Removes the authenticator app. @throws HubError `denied` without confirmation; `not-found`. */
export async function removeTotp(context: AccountsContext, session: Session): Promise<void> {
  requireSudo(context, session);
  const { db, clock } = context;
  const { user } = session;
  const [removed] = await db.batch([
    db.query.deleteFrom("sign_in_totp").where("user_id", "=", user.id).where("confirmed_at", "is not", null),
    auditEntry(db, clock.now(), actorOf(user), {
      log: user.id,
      action: "second-factor.totp.remove",
      target: user.name,
    }),
  ]);
  if (removed?.numAffectedRows === 0n)
    throw new HubError("not-found", "there is no authenticator app to remove");
  await sendNotice(context, user, "totp-removed");
}

/**
 * Puts new recovery codes in the place of the old ones.
 *
 * @returns the codes, which are shown this once
 * @throws HubError `denied` without confirmation; `conflict` without a second factor that they could stand in for.
 */
export async function renewRecoveryCodes(context: AccountsContext, session: Session): Promise<string[]> {
  requireSudo(context, session);
  const { db, clock } = context;
  const { user } = session;
  if (!user.twoFactor)
    throw new HubError(
      "conflict",
      "recovery codes stand in for a second factor; set one up, and they come with it",
    );
  const { codes, queries } = await newRecoveryCodes(context, user.id);
  await db.batch([
    ...queries,
    auditEntry(db, clock.now(), actorOf(user), {
      log: user.id,
      action: "second-factor.recovery-codes.renew",
      target: user.name,
    }),
  ]);
  return codes;
}
