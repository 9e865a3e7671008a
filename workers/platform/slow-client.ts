import { HubError } from "../shared/errors.ts";

/** How long a client may take to send a small body (a form, a document, a manifest), in milliseconds. */
export const smallBodyDeadline = 30_000;

/**
 * The chunks of a request's body, all of which arrive within this many milliseconds: a client that stops, or sends a byte now and then,
 * holds the request no longer. A body that is not read to its end is cancelled.
 *
 * @throws HubError `invalid` when the time is over.
 */
export async function* chunksInTime(
  body: ReadableStream<Uint8Array> | null,
  milliseconds: number = smallBodyDeadline,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!body) return;
  const reader = body.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new HubError(
            "invalid",
            `the body did not arrive within ${milliseconds / 1000} s; send it again, all at once`,
          ),
        ),
      milliseconds,
    );
  });
  // The time can also end while nobody waits for a chunk; the next read says so.
  late.catch(() => undefined);
  try {
    for (;;) {
      const { done, value } = await Promise.race([late, reader.read()]);
      if (done) return;
      yield value;
    }
  } finally {
    clearTimeout(timer ?? null);
    // Not awaited: it may wait for the very client that sends nothing.
    reader.cancel().catch(() => undefined);
  }
}
