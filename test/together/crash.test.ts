import { setTimeout as wait } from "node:timers/promises";
import { expect, onTestFailed, test } from "vitest";
import { digestOf, digestOfStream, OciClient } from "../support/oci-client.ts";
import { SeededRandom } from "../support/random.ts";
import { Server } from "../support/server.ts";
import { amount } from "../support/thorough.ts";
import { Pusher } from "./support/pusher.ts";
import { readStoredObjects } from "./support/stored-objects.ts";

const kills = amount(15, 30);
const pushers = 4;
const seed = 2;

test(`killed at ${kills} moments of concurrent pushes, the registry loses nothing and shows nothing half`, async () => {
  await using server = await Server.start();
  onTestFailed(() => console.log(server.output));
  const client = new OciClient(server.url, { user: "admin", token: server.adminToken });
  const random = new SeededRandom(seed);
  const people = Array.from(
    { length: pushers },
    (_, number) => new Pusher(client, `admin/crash-${number}`, new SeededRandom(seed + 1 + number)),
  );

  for (let kill = 0; kill < kills; kill++) {
    const lost = people.map((pusher) => pusher.pushUntilLost());
    await Promise.race([wait(random.below(700)), ...lost]);
    await server.kill();
    await Promise.all(lost);
    await server.start();
    for (const pusher of people) await expectUnderwayWholeOrAbsent(client, pusher);
    // The retry of each client succeeds.
    await Promise.all(people.map((pusher) => pusher.push()));
  }

  for (const pusher of people) await expectPromisesKept(client, pusher);
  expect(people.flatMap((pusher) => [...pusher.promised.manifests]).length).toBeGreaterThan(kills);

  // What was cut off went on or is garbage: nothing is there that nobody would delete (test/workers/registry/gc.test.ts says when).
  await server.stop();
  expect(await readStoredObjects(server.data)).toMatchObject({ uploads: [], lost: [] });
});

/** Of a push that was cut off, each thing can be read as a whole or not at all. */
async function expectUnderwayWholeOrAbsent(
  client: OciClient,
  { repository, underway, promised }: Pusher,
): Promise<void> {
  if (underway === undefined) return;
  for (const blob of underway.blobs) {
    const digest = digestOf(blob);
    const body = await client.readBlob(repository, digest);
    if (promised.blobs.has(digest)) expect(body, `acknowledged blob ${digest}`).toBeDefined();
    if (body !== undefined) expect(await digestOfStream(body)).toBe(digest);
  }
  const digest = digestOf(underway.manifest.bytes);
  const found = await client.getManifest(repository, digest);
  if (found !== undefined) expect(digestOf(found.bytes)).toBe(digest);
  // The tag is where it was, or where it was being moved to.
  const tagged = await client.getManifest(repository, underway.tag);
  const digests = [promised.tags.get(underway.tag), digest];
  expect(digests).toContain(tagged && digestOf(tagged.bytes));
}

async function expectPromisesKept(client: OciClient, { repository, promised }: Pusher): Promise<void> {
  for (const digest of promised.blobs.keys()) {
    const body = await client.readBlob(repository, digest);
    expect(body && (await digestOfStream(body)), `blob in ${repository}`).toBe(digest);
  }
  for (const [digest, manifest] of promised.manifests) {
    expect(await client.getManifest(repository, digest)).toEqual(manifest);
  }
  for (const [tag, digest] of promised.tags) {
    const tagged = await client.getManifest(repository, tag);
    expect(tagged && digestOf(tagged.bytes), `${repository}:${tag}`).toBe(digest);
  }
}
