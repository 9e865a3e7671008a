import { tidyAccounts } from "./accounts/index.ts";
import { dropOldAnswers } from "./api/index.ts";
import { rotateSigningKeys } from "./auth/index.ts";
import type { Env } from "./env.ts";
import { services } from "./services.ts";

/** What the clock asks for; wrangler.toml says how often. */
export async function runSchedule(env: Env): Promise<void> {
  const { accounts, auth, work } = services(env);
  await work.send({ type: "collect-garbage" });
  await rotateSigningKeys(auth);
  await dropOldAnswers(auth);
  await tidyAccounts(accounts);
}
