import { HubError } from "../shared/errors.ts";

/** How long a store may take over one step, in milliseconds. */
export const storeDeadline = 60_000;

/**
 * Waits for `work`, but not longer than this many milliseconds.
 *
 * @param what completes the sentence "… did not answer within …".
 * @throws HubError `unavailable` when the time is over; `work` goes on unobserved.
 */
export async function within<T>(work: Promise<T>, milliseconds: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new HubError("unavailable", `${what} did not answer within ${milliseconds / 1000} s; try again`),
        ),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer ?? null);
  }
}

/** Waits for a step of the blob store; whatever it throws becomes HubError `unavailable` with that as its cause. */
export async function storeStep<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  try {
    return await within(work, milliseconds, "the blob store");
  } catch (error) {
    if (error instanceof HubError) throw error;
    throw new HubError("unavailable", "the blob store failed; try again", { cause: error });
  }
}
