import type { Readable, Writable } from "node:stream";

/** Writes what comes framed, eight bytes before each piece, to the stream that it is of. Resolves at its end. */
export async function unframe(from: Readable, to: { stdout: Writable; stderr: Writable }): Promise<void> {
  let kept: Buffer = Buffer.alloc(0);
  for await (const piece of from as AsyncIterable<Buffer>) {
    kept = kept.length === 0 ? piece : Buffer.concat([kept, piece]);
    while (kept.length >= 8) {
      const length = kept.readUInt32BE(4);
      if (kept.length < 8 + length) break;
      await write(kept[0] === 2 ? to.stderr : to.stdout, kept.subarray(8, 8 + length));
      kept = kept.subarray(8 + length);
    }
  }
}

/** Writes what comes as it is. */
export async function copy(from: Readable, to: Writable): Promise<void> {
  for await (const piece of from as AsyncIterable<Buffer>) await write(to, piece);
}

async function write(to: Writable, bytes: Buffer): Promise<void> {
  if (to.write(bytes) || to.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => resolve();
  to.once("drain", done).once("close", done);
  await promise;
  to.off("drain", done).off("close", done);
}
