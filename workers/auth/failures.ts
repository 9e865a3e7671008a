import { second } from "../platform/clock.ts";
import { networkOf } from "../platform/client-address.ts";
import type { Attempts, Limit } from "../platform/attempts.ts";

/** Of sign-ins that failed. Far more than somebody who mistypes makes; a good token is never counted, and always works. */
const limit: Limit = { burst: 60, every: 10 * second };

interface Failure {
  /** Where it came from; undefined: not known. */
  address: string | undefined;
  /** Whom somebody tried to sign in as, as they wrote it; undefined: the credentials name nobody. */
  account: string | undefined;
}

/**
 * Counts credentials that were wrong, for the address and for the account. It comes behind the look at them, so that nobody is kept out
 * by what others send.
 *
 * @throws HubError `too-many`: there have been too many, and the answer says no more than that.
 */
export async function countFailure(
  { attempts, clock }: { attempts: Attempts; clock: { now(): number } },
  { address, account }: Failure,
): Promise<void> {
  const now = clock.now();
  if (address !== undefined) await attempts.spend(`token from ${networkOf(address)}`, limit, now);
  if (account !== undefined)
    await attempts.spend(`token of ${account.slice(0, 200).toLowerCase()}`, limit, now);
}
