import { createHash } from "node:crypto";
import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, onTestFailed, test } from "vitest";
import { describeNeeding, type Need } from "../support/needs.ts";
import { digestOfStream, OciClient, type Session } from "../support/oci-client.ts";
import { SeededRandom } from "../support/random.ts";
import { Server } from "../support/server.ts";
import { amount } from "../support/thorough.ts";

const chunkSize = 64 * 1024 * 1024;
/** More than R2 takes in one `put`, more than 32 bits count, and far more than the memory of a Worker. */
const gibibytes = amount(6, 10);
const chunks = gibibytes * 16;
const size = chunks * chunkSize;

const diskSpace: Need = () => {
  const { bavail, bsize } = statfsSync(tmpdir());
  const wanted = size * 1.2;
  return bavail * bsize >= wanted
    ? undefined
    : `${Math.ceil(wanted / 2 ** 30)} GiB of free disk in ${tmpdir()}`;
};

describeNeeding([diskSpace], `a blob of ${gibibytes} GiB in chunks of 64 MiB`, () => {
  test(
    "arrives whole, though the registry was killed in between, and twice",
    { timeout: 600_000 },
    async () => {
      await using server = await Server.start();
      onTestFailed(() => console.log(server.output));
      const client = new OciClient(server.url, { user: "admin", token: server.adminToken });
      const repository = "admin/large";
      const content = new Content();
      const hash = createHash("sha256");
      let session = await client.startUpload(repository);

      for (const whole of [Math.floor(chunks * 0.3), Math.floor(chunks * 0.6)]) {
        session = await sendUntil(whole, session);
        const half = content.chunk(whole).slice(0, chunkSize / 2);
        await expect(
          client.sendStream(
            repository,
            session,
            interruptedBy(() => server.kill(), half),
          ),
        ).rejects.toThrow();
        await server.start();
        // What arrived of the chunk that was underway is not there in part.
        expect(await client.findSession(repository, session)).toMatchObject({ offset: session.offset });
      }
      session = await sendUntil(chunks, session);
      const digest = `sha256:${hash.digest("hex")}`;
      await client.finishUpload(repository, session, digest);

      const back = await client.readBlob(repository, digest);
      expect(back && (await digestOfStream(back))).toBe(digest);

      async function sendUntil(end: number, from: Session): Promise<Session> {
        let at = from;
        while (at.offset < end * chunkSize) {
          const chunk = content.chunk(at.offset / chunkSize);
          hash.update(chunk);
          at = await client.sendChunk(repository, at, chunk);
        }
        return at;
      }
    },
  );
});

/** A body that breaks off: once the first bytes have been taken, something happens, and nothing more comes. */
async function* interruptedBy(event: () => Promise<void>, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  await event();
  throw new Error("the connection is gone");
}

/** What is pushed: chunks that differ from each other, made when they are asked for, in one buffer. */
class Content {
  readonly #buffer = new SeededRandom(10).bytes(chunkSize);

  /** The chunk of this number, until the next is asked for. */
  chunk(number: number): Uint8Array {
    new DataView(this.#buffer.buffer).setUint32(0, number);
    return this.#buffer;
  }
}
