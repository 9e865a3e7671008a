import type { Env, WorkMessage } from "./env.ts";
import { collectGarbage } from "./registry/index.ts";
import { services } from "./services.ts";

/** Slices of garbage that one message collects before it queues the next: well inside the limits of one invocation. */
const slicesPerMessage = 10;

/** Consumers of what can wait. Messages arrive at least once, so each of these may run twice. */
export async function consume(batch: MessageBatch<WorkMessage>, env: Env): Promise<void> {
  // Any number of requests to collect garbage are one: what is done is the same.
  if (batch.messages.some((message) => message.body.type === "collect-garbage")) await collect(env);
}

async function collect(env: Env): Promise<void> {
  const { registry, work } = services(env);
  for (let slice = 0; slice < slicesPerMessage; slice += 1) {
    const { more } = await collectGarbage(registry);
    if (!more) return;
  }
  await work.send({ type: "collect-garbage" });
}
