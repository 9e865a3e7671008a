import { runMailJob } from "./accounts/index.ts";
import type { Env, WorkMessage } from "./env.ts";
import { noteRun, refreshGitReadme } from "./hub/index.ts";
import { describeWaiting } from "./images/index.ts";
import { describeError, log } from "./platform/log.ts";
import { collectGarbage } from "./registry/index.ts";
import { maintainIndex } from "./search/index.ts";
import { services, type Services } from "./services.ts";

/** Slices that one message works through before it queues the next: well inside the limits of one invocation. */
const slicesPerMessage = 10;

/** Between two tries of one message, in seconds. */
const maximumDelay = 3600;

type MessageOf<Type extends WorkMessage["type"]> = Extract<WorkMessage, { type: Type }>;

/** What a type of message has done. Messages arrive at least once, so each may run twice. */
interface Job<Message> {
  run: (services: Services, message: Message) => Promise<void>;
  /** Any number of its messages ask for one thing: it is done once for all of a batch. */
  once?: true;
  /** It waits for somebody outside: no other work waits for that, and those of its kind wait together. */
  outside?: true;
}

const mail: Job<MessageOf<"verify-mail" | "reset-mail" | "notice-mail" | "send-mail">> = {
  run: ({ accounts }, message) => runMailJob(accounts, message),
};

const jobs: { readonly [Type in WorkMessage["type"]]: Job<MessageOf<Type>> } = {
  "collect-garbage": inSlices("collect-garbage", ({ registry }) => collectGarbage(registry)),
  "describe-images": inSlices("describe-images", ({ images }) => describeWaiting(images)),
  "index-search": inSlices("index-search", ({ search }) => maintainIndex(search)),
  "refresh-readme": {
    outside: true,
    run: ({ hub }, { repositoryId }) => refreshGitReadme(hub, repositoryId),
  },
  "verify-mail": mail,
  "reset-mail": mail,
  "notice-mail": mail,
  "send-mail": mail,
};

/** Consumer of what can wait. A message that fails comes again later and later, alone: the others of its batch are done with. */
export async function consume(batch: MessageBatch<WorkMessage>, env: Env): Promise<void> {
  const groups = inGroups(batch.messages);
  const all = services(env);
  const isOutside = ([{ body }]: Group) => jobs[body.type].outside === true;
  for (const group of groups) if (!isOutside(group)) await work(all, group);
  await Promise.all(groups.filter(isOutside).map((group) => work(all, group)));
}

async function work(all: Services, messages: Group): Promise<void> {
  const [{ body, attempts }] = messages;
  // The table has for each type the job that takes its messages.
  const job = jobs[body.type] as Job<WorkMessage>;
  await noteRun(all.hub, body.type.replaceAll("-", " "), () => job.run(all, body)).catch((error: unknown) => {
    log("error", "work was not done; the queue tries again", {
      type: body.type,
      attempts,
      ...describeError(error),
    });
    const delaySeconds = Math.min(10 * 2 ** attempts, maximumDelay);
    for (const message of messages) message.retry({ delaySeconds });
  });
}

type Group = readonly [Message<WorkMessage>, ...Message<WorkMessage>[]];

/** The messages that are done together, in the order in which they came. */
function inGroups(messages: readonly Message<WorkMessage>[]): Group[] {
  const groups = new Map<string, [Message<WorkMessage>, ...Message<WorkMessage>[]]>();
  for (const message of messages) {
    const { type } = message.body;
    const key = jobs[type].once ? type : `${type} ${message.id}`;
    const group = groups.get(key);
    if (group) group.push(message);
    else groups.set(key, [message]);
  }
  return [...groups.values()];
}

/** Work that is done slice by slice, and goes on with another message when there is much of it. */
function inSlices(
  type: "collect-garbage" | "describe-images" | "index-search",
  doSlice: (services: Services) => Promise<{ more: boolean }>,
): Job<WorkMessage> {
  return {
    once: true,
    run: async (services) => {
      for (let slice = 0; slice < slicesPerMessage; slice += 1) {
        const { more } = await doSlice(services);
        if (!more) return;
      }
      await services.work.send({ type });
    },
  };
}
