import { within } from "./deadline.ts";

/** What one read asks for, in bytes. Reads of this size hash and copy several times as fast as the 4 KiB a stream gives unasked. */
const readSize = 1024 * 1024;

/**
 * Reads a stream in pieces of 1 MiB (the last one is shorter), into two buffers that are used by turns: a piece is overwritten when
 * the second one after it is asked for. Cancels the stream when its consumer stops early.
 *
 * @throws HubError `unavailable` when the source takes longer than `deadline` milliseconds for one piece; what the stream throws, as it is.
 */
export async function* bigReads(
  stream: ReadableStream<Uint8Array>,
  { deadline, source }: { deadline: number; source: string },
): AsyncGenerator<Uint8Array, void, void> {
  const reader = stream.getReader({ mode: "byob" });
  const buffers: ArrayBuffer[] = [];
  let ended = false;
  try {
    for (let turn = 0; !ended; turn = 1 - turn) {
      const buffer = buffers[turn] ?? new ArrayBuffer(readSize);
      const read = await within(reader.readAtLeast(readSize, new Uint8Array(buffer)), deadline, source);
      ended = read.done;
      if (!read.value) return;
      // Reading moves the memory to a new ArrayBuffer.
      buffers[turn] = read.value.buffer;
      if (read.value.byteLength > 0) yield read.value;
    }
  } finally {
    if (!ended) await reader.cancel("the rest is not wanted").catch(() => undefined);
  }
}
