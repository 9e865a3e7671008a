import type { Endpoint } from "./network.ts";

/** A network namespace on the default bridge that waits for its container. */
export interface Ready {
  namespace: string;
  endpoint: Endpoint;
}

/** How many wait, at first and at most; who finds none makes it grow. */
const least = 4;
const most = 32;
/** Milliseconds after somebody has come in which no new one is made: the start that took one has the processor for itself. */
const rest = 150;

/** Keeps namespaces ready, so that starting a container does not wait for one to be made. */
export class Pool implements AsyncDisposable {
  readonly #make: (count: number) => Promise<Ready[]>;
  readonly #complain: (sentence: string) => void;
  readonly #ready: Ready[] = [];
  #size = least;
  #timer: NodeJS.Timeout | undefined;
  #filling: Promise<void> = Promise.resolve();
  #ended = false;

  /** @param make makes some at once. */
  constructor(make: (count: number) => Promise<Ready[]>, complain: (sentence: string) => void) {
    this.#make = make;
    this.#complain = complain;
  }

  /** One that is ready; undefined when there is none. */
  take(): Ready | undefined {
    const found = this.#ready.shift();
    if (found === undefined) this.#size = Math.min(this.#size * 2, most);
    this.fillSoon();
    return found;
  }

  fillSoon(): void {
    if (this.#ended) return;
    if (this.#timer !== undefined) {
      // Not for ever: somebody comes all the time on a busy host.
      if (this.#ready.length > 0) this.#timer.refresh();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#filling = this.#filling.then(() => this.#fill());
    }, rest);
  }

  async #fill(): Promise<void> {
    const missing = this.#size - this.#ready.length;
    if (missing <= 0 || this.#ended) return;
    try {
      this.#ready.push(...(await this.#make(missing)));
    } catch (error) {
      this.#complain(`no network could be made ready: ${String(error)}`);
    }
  }

  /** Ends it. @returns those that nobody has taken. */
  async drain(): Promise<Ready[]> {
    await this[Symbol.asyncDispose]();
    return this.#ready.splice(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    await this.#filling;
  }
}
