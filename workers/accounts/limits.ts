import type { Limit } from "../platform/attempts.ts";
import { networkOf } from "../platform/client-address.ts";
import { minute, second } from "../platform/clock.ts";
import type { AccountsContext } from "./context.ts";
import { knownDevice } from "./known-devices.ts";
import type { Visit } from "./visit.ts";

/**
 * How often what may be tried. Nobody can be locked out by somebody else: an account's tries count for browsers that it never signed in
 * from, and each known browser has tries of its own; a passkey, a provider and a link by mail need no tries at all.
 */
const limits = {
  /** Wrong passwords and codes from one address, over all accounts. */
  address: { burst: 30, every: 20 * second },
  /** Wrong passwords from everywhere, where addresses are not known. */
  everywhere: { burst: 300, every: 2 * second },
  /** Wrong passwords for one account from browsers it does not know. */
  account: { burst: 10, every: minute },
  /** From one browser that it knows. */
  device: { burst: 10, every: 30 * second },
  /** Wrong codes of a second factor. Who tries them has the password, or they would not get here. */
  code: { burst: 10, every: 5 * minute },
  recovery: { burst: 10, every: 5 * minute },
  /** New accounts, and mails asked for, from one address. */
  mail: { burst: 20, every: 2 * minute },
  mailEverywhere: { burst: 300, every: 5 * second },
  /** Mails of one kind to one address. */
  recipient: { burst: 6, every: 10 * minute },
} as const satisfies Record<string, Limit>;

/** A try that has been counted; given back when it was right. */
export type Try = () => Promise<void>;

/**
 * Counts one try of a password, before it is hashed.
 *
 * @param login what was typed; the same whether there is such an account or not
 * @throws HubError `too-many`.
 */
export async function countPassword(
  context: AccountsContext,
  visit: Visit,
  login: string,
  userId: string | undefined,
): Promise<Try> {
  const device = userId === undefined ? undefined : await knownDevice(context.auth, visit.deviceText, userId);
  if (device !== undefined) return count(context, [`device ${userId} ${device}`, limits.device]);
  const from: Bucket[] = visit.address === undefined ? [["everywhere", limits.everywhere]] : byAddress(visit);
  return count(context, ...from, [`account ${login.toLowerCase()}`, limits.account]);
}

/** Counts one try of a code of a second factor. @throws HubError `too-many`. */
export async function countCode(
  context: AccountsContext,
  visit: Visit,
  kind: "code" | "recovery",
  userId: string,
): Promise<Try> {
  const device = await knownDevice(context.auth, visit.deviceText, userId);
  if (device !== undefined) return count(context, [`${kind} ${userId} ${device}`, limits[kind]]);
  return count(context, ...byAddress(visit), [`${kind} ${userId}`, limits[kind]]);
}

/** Counts a try of a secret that cannot be guessed, but need not be tried without end. @throws HubError `too-many`. */
export async function countAddress(context: AccountsContext, visit: Visit): Promise<Try> {
  return count(context, ...byAddress(visit));
}

/** Counts something that makes the hub write a mail. @throws HubError `too-many`. */
export async function countMail(context: AccountsContext, { address }: Visit): Promise<void> {
  await count(
    context,
    address === undefined
      ? ["mail everywhere", limits.mailEverywhere]
      : [`mail from ${networkOf(address)}`, limits.mail],
  );
}

/**
 * Counts a mail to somebody. Each kind for itself: whoever has mails of one kind sent to somebody keeps none of another from them.
 *
 * @throws HubError `too-many`.
 */
export async function countRecipient(context: AccountsContext, kind: string, email: string): Promise<void> {
  await count(context, [`${kind} to ${email.toLowerCase()}`, limits.recipient]);
}

type Bucket = [key: string, limit: Limit];

/** None where addresses are not known: whoever used up one that all share would keep everybody out. */
function byAddress({ address }: Visit): Bucket[] {
  return address === undefined ? [] : [[`address ${networkOf(address)}`, limits.address]];
}

async function count(context: AccountsContext, ...buckets: Bucket[]): Promise<Try> {
  const now = context.clock.now();
  for (const [key, limit] of buckets) await context.attempts.spend(key, limit, now);
  return async () => {
    for (const [key, limit] of buckets) await context.attempts.giveBack(key, limit);
  };
}
