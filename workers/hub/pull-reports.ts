import { minute, second, type Clock } from "../platform/clock.ts";
import type { Pull } from "../registry/index.ts";
import { parseManifest } from "../shared/manifest.ts";
import { pullingClient } from "./pull-clients.ts";
import { beginOf, dayOf } from "./pull-days.ts";
import type { RecordedPull } from "./pull-ledger.ts";
import type { PullsObject } from "./pulls-object.ts";

/** How long the same pull is not told again, in milliseconds: it counts no more on the same day, and only moves when it was last. */
const silence = 10 * minute;

/** Pulls to know again: some megabytes. */
const maximumKnown = 20_000;

/** Pulls of one repository that wait while others are being told; what comes then is told when it is asked for again. */
const maximumWaiting = 500;

/** Work behind an answer is ended by the runtime some time: what one request began, another takes over after so many milliseconds. */
const patience = 20 * second;

/** Tags of what says something of the manifest they are named after: cosign's, and those of clients where no registry lists referrers. */
const describingTag = /^sha(?:256|512)-[0-9a-f]{64,128}(?:\.(?:sig|att|sbom))?$/;

interface Parts {
  clock: Clock;
  objects: DurableObjectNamespace<PullsObject>;
  /** Where a request came from, as far as that can be known. */
  clientAddress: (request: Request) => string | undefined;
}

/** What is to be told of one repository, by what it is known by. */
interface Queue {
  waiting: Map<string, RecordedPull>;
  /** Until when somebody is telling it; 0: nobody is. */
  busyUntil: number;
}

/**
 * Tells the object of a repository who pulled. It keeps in mind what it told, so that a client that asks all the time costs next to
 * nothing; and it tells of one repository one batch after the other, so that a thousand clients at once are a few messages, in the order in
 * which they pulled.
 */
export class PullReports {
  readonly #parts: Parts;
  /** Told pulls, the oldest first, and until when not to tell them again. */
  readonly #known = new Map<string, number>();
  readonly #queues = new Map<number, Queue>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @returns undefined when there is nothing to wait for: it is known, or told along with others. */
  report({ repositoryId, manifest, tag, request, ...who }: Pull): Promise<void> | undefined {
    const { clock, clientAddress } = this.#parts;
    const agent = request.headers.get("User-Agent") ?? "";
    const client = pullingClient(who, clientAddress(request), agent);
    const at = clock.now();
    const { digest } = manifest;
    const key = `${repositoryId} ${digest} ${client.name}`;
    const until = this.#known.get(key);
    if (until !== undefined && at < until) return undefined;

    const queue = this.#queues.get(repositoryId) ?? { waiting: new Map(), busyUntil: 0 };
    this.#queues.set(repositoryId, queue);
    if (!queue.waiting.has(key) && queue.waiting.size < maximumWaiting) {
      const { references, subject: described } = parseManifest(manifest.bytes, manifest.mediaType);
      const members = references.filter(({ kind }) => kind === "manifest").map((member) => member.digest);
      const describes = described !== undefined || (tag !== undefined && describingTag.test(tag));
      queue.waiting.set(key, { repositoryId, at, client, digest, members, describes });
    }
    return at < queue.busyUntil ? undefined : this.#tell(repositoryId, queue, at);
  }

  async #tell(repositoryId: number, queue: Queue, began: number): Promise<void> {
    const { clock, objects } = this.#parts;
    const mine = began + patience;
    queue.busyUntil = mine;
    try {
      while (queue.waiting.size > 0 && queue.busyUntil === mine && clock.now() < mine) {
        const batch = [...queue.waiting];
        queue.waiting.clear();
        await objects.getByName(String(repositoryId)).record(batch.map(([, pull]) => pull));
        for (const [key, { at }] of batch) this.#keep(key, at);
      }
    } finally {
      if (queue.busyUntil === mine) {
        queue.busyUntil = 0;
        if (queue.waiting.size === 0) this.#queues.delete(repositoryId);
      }
    }
  }

  #keep(key: string, at: number): void {
    this.#known.delete(key);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= maximumKnown) this.#known.delete(oldest);
    // The next day it counts again.
    this.#known.set(key, Math.min(at + silence, beginOf(dayOf(at) + 1)));
  }
}
