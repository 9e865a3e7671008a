import { HubError } from "../shared/errors.ts";

/** How long one waits before one looks again, in milliseconds. */
const pause = 25;

/**
 * So many may be in at a time, of all requests of an isolate, which share its memory. Whoever waits looks by themselves: a request whose
 * client hangs up ends without a word, and nobody is to wait for it. Its place is free again when `longest` is over.
 */
export class Places {
  readonly #count: number;
  readonly #longest: number;
  readonly #taken = new Set<{ since: number }>();

  /** @param longest how long somebody may stay, in milliseconds */
  constructor(count: number, longest: number) {
    this.#count = count;
    this.#longest = longest;
  }

  /**
   * Runs `work` once there is a place.
   *
   * @param patience how long to wait for one, in milliseconds
   * @throws HubError `unavailable` with these words, when that is over
   */
  async take<T>(patience: number, words: string, work: () => Promise<T>): Promise<T> {
    const end = Date.now() + patience;
    while (this.#full()) {
      if (Date.now() >= end) throw new HubError("unavailable", words);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    const place = { since: Date.now() };
    this.#taken.add(place);
    try {
      return await work();
    } finally {
      this.#taken.delete(place);
    }
  }

  #full(): boolean {
    for (const place of this.#taken) if (Date.now() - place.since > this.#longest) this.#taken.delete(place);
    return this.#taken.size >= this.#count;
  }
}
