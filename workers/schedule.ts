import { tidyAccounts } from "./accounts/index.ts";
import { dropOldAnswers } from "./api/index.ts";
import { rotateSigningKeys } from "./auth/index.ts";
import type { Env } from "./env.ts";
import { countStorage, noteRun, refreshOldScores } from "./hub/index.ts";
import { services, type Services } from "./services.ts";

/** What the clock asks for, by what administrators call it; wrangler.toml says how often. */
const jobs: Readonly<Record<string, (services: Services) => Promise<unknown>>> = {
  "queue garbage collection": ({ work }) => work.send({ type: "collect-garbage" }),
  "queue image descriptions": ({ work }) => work.send({ type: "describe-images" }),
  "rotate signing keys": ({ auth }) => rotateSigningKeys(auth),
  "drop old answers": ({ auth }) => dropOldAnswers(auth),
  "tidy accounts": ({ accounts }) => tidyAccounts(accounts),
  "queue the search index": ({ work }) => work.send({ type: "index-search" }),
  "count storage": ({ hub }) => countStorage(hub),
  "rank repositories": ({ hub }) => refreshOldScores(hub),
};

/** Does all of it, one after the other. @throws AggregateError of what failed, when all others are done. */
export async function runSchedule(env: Env): Promise<void> {
  const all = services(env);
  const failures: unknown[] = [];
  for (const [name, job] of Object.entries(jobs))
    await noteRun(all.hub, name, () => job(all)).catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw new AggregateError(failures, "some of what the clock asks for failed");
}
