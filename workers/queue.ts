import { runMailJob } from "./accounts/index.ts";
import type { Env, WorkMessage } from "./env.ts";
import { describeError, log } from "./platform/log.ts";
import { collectGarbage } from "./registry/index.ts";
import { services } from "./services.ts";

/** Slices of garbage that one message collects before it queues the next: well inside the limits of one invocation. */
const slicesPerMessage = 10;

/** Between two tries of one message, in seconds. */
const maximumDelay = 3600;

/** Consumers of what can wait. Messages arrive at least once, so each of these may run twice. */
export async function consume(batch: MessageBatch<WorkMessage>, env: Env): Promise<void> {
  // Any number of requests to collect garbage are one: what is done is the same.
  if (batch.messages.some((message) => message.body.type === "collect-garbage")) await collect(env);
  for (const { body, attempts, retry } of batch.messages.map(withRetry)) {
    if (body.type === "collect-garbage") continue;
    await runMailJob(services(env).accounts, body).catch((error: unknown) => {
      log("error", "a mail was not sent; the queue tries again", {
        type: body.type,
        attempts,
        ...describeError(error),
      });
      retry();
    });
  }
}

/** A message that failed comes again later and later, alone: the others of its batch are done with. */
function withRetry(message: Message<WorkMessage>) {
  const { body, attempts } = message;
  const delaySeconds = Math.min(10 * 2 ** attempts, maximumDelay);
  return { body, attempts, retry: () => message.retry({ delaySeconds }) };
}

async function collect(env: Env): Promise<void> {
  const { registry, work } = services(env);
  for (let slice = 0; slice < slicesPerMessage; slice += 1) {
    const { more } = await collectGarbage(registry);
    if (!more) return;
  }
  await work.send({ type: "collect-garbage" });
}
