/** Lets callers in one after the other, in the order they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;

  /** Somebody is in, or waiting. */
  get busy(): boolean {
    return this.#count > 0;
  }

  /**
   * Runs `work` when everybody before has left.
   *
   * @param deadline how long to wait for one's turn, in milliseconds; then `late` is called for the error to throw, and `work` never runs.
   */
  async take<T>(deadline: number, late: () => Error, work: () => Promise<T>): Promise<T> {
    let given = false;
    let gaveUp = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.#count += 1;
    const turn = this.#last.then(() => {
      clearTimeout(timer ?? null);
      given = true;
      return gaveUp ? undefined : work();
    });
    const impatience = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        if (given) return;
        gaveUp = true;
        reject(late());
      }, deadline);
    });
    this.#last = turn.catch(() => undefined).finally(() => (this.#count -= 1));
    return (await Promise.race([turn, impatience])) as T;
  }
}
