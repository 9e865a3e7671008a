import { minute, type Clock } from "../platform/clock.ts";
import type { Pull } from "../registry/index.ts";
import { parseManifest } from "../shared/manifest.ts";
import { beginOf, dayOf } from "./pull-days.ts";
import { pullingClient } from "./pull-clients.ts";
import type { PullsObject } from "./pulls-object.ts";

/** How long the same pull is not told again, in milliseconds: it counts no more on the same day, and only moves when it was last. */
const silence = 10 * minute;

/** Pulls to know again: some megabytes. */
const maximumKnown = 20_000;

interface Parts {
  clock: Clock;
  objects: DurableObjectNamespace<PullsObject>;
  /** Where a request came from, as far as that can be known. */
  clientAddress: (request: Request) => string | undefined;
}

/** Tells the object of a repository who pulled. It keeps in mind what it told, so that a client that asks all the time costs next to nothing. */
export class PullReports {
  readonly #parts: Parts;
  /** Told pulls, the oldest first, and until when not to tell them again. */
  readonly #known = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @returns undefined when there is nothing to tell. */
  report({ repositoryId, manifest, subject, request }: Pull): Promise<void> | undefined {
    const { clock, objects, clientAddress } = this.#parts;
    const agent = request.headers.get("User-Agent") ?? "";
    const client = pullingClient(subject, clientAddress(request), agent);
    const at = clock.now();
    const key = `${repositoryId} ${manifest.digest} ${client.name}`;
    const until = this.#known.get(key);
    if (until !== undefined && at < until) return undefined;
    const { references, subject: described } = parseManifest(manifest.bytes, manifest.mediaType);
    const members = references.filter(({ kind }) => kind === "manifest").map(({ digest }) => digest);
    // The next day it counts again.
    const known = Math.min(at + silence, beginOf(dayOf(at) + 1));
    return objects
      .getByName(String(repositoryId))
      .record({
        repositoryId,
        at,
        client,
        digest: manifest.digest,
        members,
        describes: described !== undefined,
      })
      .then(() => this.#keep(key, known));
  }

  #keep(key: string, until: number): void {
    this.#known.delete(key);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= maximumKnown) this.#known.delete(oldest);
    this.#known.set(key, until);
  }
}
