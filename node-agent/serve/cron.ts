import { setTimeout as wait } from "node:timers/promises";

/**
 * Runs `trigger` at once, for what fell due while the server was down, and then at the minutes a cron expression names, until
 * `signal` aborts; miniflare keeps no clock of its own. Two runs never overlap: a minute that passes during one is left out.
 *
 * @param expression "every n minutes" of the hour, which is all that wrangler.toml has. @throws Error for any other.
 */
export async function runCron(
  expression: string,
  trigger: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const period = periodOf(expression);
  while (!signal.aborted) {
    await trigger();
    await wait(period - (Date.now() % period), undefined, { signal }).catch(() => {});
  }
}

/** Milliseconds between two runs. */
export function periodOf(expression: string): number {
  const minutes = Number(/^\*\/(\d+) \* \* \* \*$/.exec(expression)?.[1]);
  if (!(minutes > 0 && 60 % minutes === 0))
    throw new Error(
      `the cron expression "${expression}" is none that this server runs, such as "*/5 * * * *"`,
    );
  return minutes * 60_000;
}
