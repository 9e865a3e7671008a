import { auditEntry } from "../audit/index.ts";
import { actorOf } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";
import type { AccountsContext } from "./context.ts";
import { countPassword } from "./limits.ts";
import { findPerson } from "./people.ts";
import { refuseOverlong } from "./passwords.ts";
import { secondFactorsOf, useCode } from "./second-factor.ts";
import { renewSession, type Opened, type Session } from "./sessions.ts";
import type { Visit } from "./visit.ts";

/** How somebody who is signed in can show that it is still them. Who signs in with a provider only does that again. */
export type Confirmation = "password" | "totp" | "passkey" | "provider";

export async function confirmationMethods(
  context: AccountsContext,
  { user }: Session,
): Promise<Confirmation[]> {
  const person = await findPerson(context, user.name);
  const factors = await secondFactorsOf(context, user.id);
  const methods: Confirmation[] = [];
  if (person?.hash) methods.push("password");
  for (const factor of factors) if (factor !== "recovery-code") methods.push(factor);
  return methods.length > 0 ? methods : ["provider"];
}

/** Confirms with the password, for 15 minutes. @throws HubError `denied`, `too-many`. */
export async function confirmWithPassword(
  context: AccountsContext,
  visit: Visit,
  session: Session,
  password: string,
): Promise<Opened> {
  refuseOverlong(password);
  const { user } = session;
  const person = await findPerson(context, user.name);
  const giveBack = await countPassword(context, visit, user.name, user.id);
  if (!person?.hash || !(await context.hasher.verify(password, person.hash)))
    throw new HubError("denied", "the password is wrong", { detail: { field: "password" } });
  await giveBack();
  return confirm(context, visit, session, "password");
}

/** Confirms with a code of the authenticator app. @throws HubError `denied`, `too-many`. */
export async function confirmWithCode(
  context: AccountsContext,
  visit: Visit,
  session: Session,
  code: string,
): Promise<Opened> {
  const method = await useCode(context, visit, session.user, code);
  return confirm(context, visit, session, method);
}

/** Puts a session into the state of one that was just opened. */
export async function confirm(
  context: AccountsContext,
  visit: Visit,
  session: Session,
  method: string,
): Promise<Opened> {
  const { db, clock } = context;
  const { user } = session;
  const { opened, queries } = await renewSession(context, visit, session);
  await db.batch([
    ...queries,
    auditEntry(db, clock.now(), actorOf(user), {
      log: user.id,
      action: "session.confirm",
      target: user.name,
      after: { method },
    }),
  ]);
  return opened;
}
