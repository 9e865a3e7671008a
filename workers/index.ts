import { app } from "./app.ts";
import type { Env, WorkMessage } from "./env.ts";
import { consume } from "./queue.ts";
import { runSchedule } from "./schedule.ts";

export { AttemptsObject } from "./platform/attempts-object.ts";
export { PullsObject } from "./hub/index.ts";
export { RepositoryObject, UploadObject } from "./registry/index.ts";

export default {
  fetch: app.fetch,
  queue: (batch, env) => consume(batch, env),
  scheduled: (_event, env) => runSchedule(env),
} satisfies ExportedHandler<Env, WorkMessage>;
