import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deleteBlob, getBlob, keepBlob, mountBlob, openBlob } from "../../../workers/registry/blobs.ts";
import { collectGarbage } from "../../../workers/registry/index.ts";
import { deleteManifest, getManifest, putManifest } from "../../../workers/registry/manifests.ts";
import { pushWhole } from "../../../workers/registry/uploads.ts";
import { digestOf, type Digest } from "../../../workers/shared/digest.ts";
import { mediaTypes } from "../../../workers/shared/media-types.ts";
import { SeededRandom } from "../../support/random.ts";
import { RegistryWorld } from "../support/registry-world.ts";

/*
 * Eight clients push, mount, pull and delete in the same few repositories, with the same few blobs, while garbage collection never
 * stops. Time passes with each operation, so that the grace age is over again and again.
 *
 * A client that has been told that a blob is there (by an upload, a mount or a HEAD) may rely on it for half the grace age. What a
 * client relies on, and has been acknowledged, must stay.
 */
const operations = env.THOROUGH === "1" ? 10_000 : 4_000;
const clients = 8;
const grace = 200_000;
const tick = 1000;

interface Pushed {
  repository: string;
  digest: Digest;
  blobs: Digest[];
}

class Fleet {
  readonly #random = new SeededRandom(20_261_123);
  readonly #world = new RegistryWorld({ grace });
  readonly #contents = new Map<Digest, string>();
  readonly #repositories = ["a/one", "a/two", "b/one", "b/two", "b/three"];
  /** Acknowledged, and nobody has begun to delete them. */
  readonly alive: Pushed[] = [];
  /** How often the deletion of a blob was begun, for each repository and blob. */
  readonly #deletions = new Map<string, number>();
  done = 0;
  /** Links and blobs that garbage collection took while clients were at work. */
  collected = 0;
  #operationBegins: () => void = () => {};
  #serial = 0;

  async prepare(): Promise<void> {
    for (let n = 0; n < 40; n += 1) {
      const content = `blob ${n}`;
      this.#contents.set(await digestOf(new TextEncoder().encode(content)), content);
    }
  }

  async client(): Promise<void> {
    while (this.done < operations) {
      const dice = this.#random.below(10);
      if (this.alive.length > 60) await this.#deleteManifest();
      else if (dice < 5) await this.#push();
      else if (dice < 8) await this.#pull();
      else if (dice < 9) await this.#deleteManifest();
      else await this.#deleteBlob();
    }
  }

  /** One slice after the other; between two of them at least one operation begins. */
  async collector(): Promise<void> {
    while (this.done < operations) {
      const { links, blobs } = await collectGarbage(this.#world.context, 0);
      this.collected += links + blobs;
      if (this.done < operations) await new Promise<void>((resolve) => (this.#operationBegins = resolve));
    }
  }

  /** Everything that may go, gone. */
  async settle(): Promise<void> {
    this.#pass(grace + 1);
    while ((await collectGarbage(this.#world.context, 0)).more) continue;
  }

  /** Pulls an image whole. @returns what is missing or wrong. */
  async check({ repository, digest, blobs }: Pushed): Promise<string[]> {
    const { context } = this.#world;
    const wrong: string[] = [];
    this.#count();
    if (!(await getManifest(context, repository, { digest })).manifest) wrong.push(`${repository}@${digest}`);
    for (const each of blobs) {
      this.#count();
      const blob = await getBlob(context, repository, each);
      const content = blob && (await new Response(await openBlob(context, blob)).text());
      if (content !== this.#contents.get(each)) wrong.push(`${repository} blob ${each}: ${content}`);
    }
    return wrong;
  }

  async #push(): Promise<void> {
    const repository = this.#pick(this.#repositories);
    const all = [...this.#contents.keys()];
    const blobs = [...new Set(Array.from({ length: 1 + this.#random.below(3) }, () => this.#pick(all)))];
    const promised = Date.now();
    const before = blobs.map((blob) => this.#deletions.get(`${repository} ${blob}`));
    for (const blob of blobs) await this.#obtain(repository, blob);

    const manifest = this.#manifestOf(blobs);
    const bytes = new Uint8Array(new TextEncoder().encode(JSON.stringify(manifest)));
    if (Date.now() - promised > grace / 2) return;
    const { digest } = await putManifest(
      this.#world.context,
      repository,
      { tag: "latest" },
      {
        bytes,
        contentType: mediaTypes.ociManifest,
        tags: [],
        createOnly: false,
        subject: "user:test",
      },
    );
    this.#count();
    // A blob that somebody deleted by hand between the promise and the manifest is not garbage collection's fault.
    const intact = blobs.filter((blob, n) => this.#deletions.get(`${repository} ${blob}`) === before[n]);
    this.alive.push({ repository, digest, blobs: intact });
  }

  /** Finds, mounts or uploads a blob, as a client does before it pushes a manifest. */
  async #obtain(repository: string, digest: Digest): Promise<void> {
    const { context } = this.#world;
    this.#count();
    const found = await getBlob(context, repository, digest);
    if (found && (await keepBlob(context, found))) return;
    const from = this.#pick(this.#repositories);
    const source = { from, mayRead: () => ({ publicOnly: false }) };
    if (await mountBlob(context, { repository, subject: "user:test", digest, ...source })) return;
    const body = new Response(this.#contents.get(digest)).body;
    await pushWhole(context, { repository, subject: "user:test", digest, body });
  }

  async #pull(): Promise<void> {
    if (!this.alive.length) return;
    const image = this.#pick(this.alive);
    const wrong = await this.check(image);
    if (this.alive.includes(image)) expect(wrong, `after ${this.done} operations`).toEqual([]);
  }

  async #deleteManifest(): Promise<void> {
    if (this.alive.length < 20) return;
    const [image] = this.alive.splice(this.#random.below(this.alive.length), 1);
    this.#count();
    if (image) await deleteManifest(this.#world.context, image.repository, { digest: image.digest });
  }

  /** Mostly refused, because some manifest names the blob. */
  async #deleteBlob(): Promise<void> {
    const repository = this.#pick(this.#repositories);
    const digest = this.#pick([...this.#contents.keys()]);
    const key = `${repository} ${digest}`;
    this.#deletions.set(key, (this.#deletions.get(key) ?? 0) + 1);
    this.#count();
    await deleteBlob(this.#world.context, repository, digest).catch(() => undefined);
    this.#deletions.set(key, (this.#deletions.get(key) ?? 0) + 1);
  }

  /** Every manifest is another one: who made it is the only one who deletes it. */
  #manifestOf(blobs: Digest[]): object {
    this.#serial += 1;
    const [config, ...layers] = blobs.map((digest) => ({ mediaType: "text/plain", digest, size: 7 }));
    return { schemaVersion: 2, config, layers, annotations: { serial: String(this.#serial) } };
  }

  #count(): void {
    this.done += 1;
    this.#operationBegins();
    this.#pass(tick);
  }

  #pass(milliseconds: number): void {
    vi.setSystemTime(Date.now() + milliseconds);
  }

  #pick<T>(from: T[]): T {
    return from[this.#random.below(from.length)] as T;
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test(`after ${operations} operations beside garbage collection nothing referenced is lost, and nothing else is left`, async () => {
  const fleet = new Fleet();
  await fleet.prepare();
  await Promise.all([fleet.collector(), ...Array.from({ length: clients }, () => fleet.client())]);
  expect(fleet.collected).toBeGreaterThan(operations / 100);
  await fleet.settle();

  const wrong: string[] = [];
  for (const image of fleet.alive) wrong.push(...(await fleet.check(image)));
  expect(wrong).toEqual([]);

  const counted = await env.DB.prepare(
    `select (select count(*) from blobs) as blobs,
            (select count(distinct target) from manifest_references) as named,
            (select count(*) from manifests) as manifests,
            (select count(*) from garbage) as garbage`,
  ).first<{ blobs: number; named: number; manifests: number; garbage: number }>();
  expect(counted?.manifests).toBe(fleet.alive.length);
  expect(counted?.blobs).toBeLessThanOrEqual(counted?.named ?? 0);
  expect(counted?.garbage).toBe(0);
  const loose = await env.DB.prepare(
    `select count(*) as n from repository_blobs link where not exists (
       select 1 from manifest_references where repository_id = link.repository_id and target = link.digest)`,
  ).first("n");
  expect(loose).toBe(0);
  let stored = 0;
  for (let cursor: string | undefined, more = true; more;) {
    const page = await env.BLOBS.list(cursor === undefined ? {} : { cursor });
    stored += page.objects.length;
    more = page.truncated;
    cursor = page.truncated ? page.cursor : undefined;
  }
  expect(stored).toBe((counted?.blobs ?? 0) + (counted?.manifests ?? 0));
}, 600_000);
