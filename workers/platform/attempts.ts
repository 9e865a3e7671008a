import { HubError } from "../shared/errors.ts";

/** How often something may be tried. */
export interface Limit {
  /** Tries at once, after a long pause. */
  burst: number;
  /** Milliseconds until one more is allowed. */
  every: number;
  /** What there are too many of, in words: `attempts` unless told. */
  of?: string;
}

/** Whether one more try is allowed, and what to remember of it. */
export type Verdict = { allowed: true; full: number } | { allowed: false; wait: number };

/**
 * One try out of a bucket. All that is kept of a bucket is when it will be full again, so one that is full need not be kept.
 *
 * @param full when the bucket is full again, and `now`, in milliseconds since 1970
 * @returns `full` after the try, or how many milliseconds to wait for the next one
 */
export function spend(full: number, now: number, { burst, every }: Limit): Verdict {
  const next = Math.max(full, now) + every;
  const wait = next - burst * every - now;
  return wait > 0 ? { allowed: false, wait } : { allowed: true, full: next };
}

/** Counts tries, wherever in the world they are made. */
export interface Attempts {
  /**
   * One try at what `key` names, before it is made: tries at the same moment cannot share one.
   *
   * @throws HubError `too-many` with `retry_after`, in seconds, in `detail`.
   */
  spend(key: string, limit: Limit, now: number): Promise<void>;
  /** Gives a try back that was none: it succeeded. */
  giveBack(key: string, limit: Limit): Promise<void>;
}

/** What of AttemptsObject is called, from another object or from a Worker. */
interface Counter {
  spend(key: string, limit: Limit, now: number): Promise<Verdict> | Verdict;
  giveBack(key: string, limit: Limit): Promise<void> | void;
}

/** Objects that the keys are spread over: each of them takes some hundred tries a second. */
const objects = 64;

/**
 * Attempts counted by Durable Objects.
 *
 * @param hmac keeps names and addresses out of what is stored
 */
export function countAttempts(
  namespace: { getByName(name: string): Counter },
  hmac: (text: string) => Promise<string>,
): Attempts {
  const counterOf = async (key: string) => {
    const kept = await hmac(`attempts ${key}`);
    return { kept, counter: namespace.getByName(String(numberOf(kept) % objects)) };
  };
  return {
    async spend(key, limit, now) {
      const { kept, counter } = await counterOf(key);
      const verdict = await counter.spend(kept, limit, now);
      if (!verdict.allowed) throw tooMany(verdict.wait, limit);
    },
    async giveBack(key, limit) {
      const { kept, counter } = await counterOf(key);
      await counter.giveBack(kept, limit);
    },
  };
}

/** A number that the first characters of a base64url text stand for, spread evenly. */
function numberOf(text: string): number {
  return [0, 1, 2, 3].reduce((sum, index) => sum * 67 + text.charCodeAt(index), 0);
}

function tooMany(wait: number, { of = "attempts" }: Limit): HubError {
  const seconds = Math.ceil(wait / 1000);
  const error = new HubError("too-many", `too many ${of}; try again in ${describeWait(seconds)}`, {
    detail: { retry_after: seconds },
  });
  return Object.assign(error, { headers: { "Retry-After": String(seconds) } });
}

function describeWait(seconds: number): string {
  if (seconds <= 90) return `${seconds} s`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
