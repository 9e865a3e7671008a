import { second, type Clock } from "../platform/clock.ts";

/** Between two requests of one isolate, in milliseconds: they all ask for the same. */
const pause = 2 * second;

/** Asks for the index to be brought up to date, behind what is being answered. */
export class DrainRequests {
  readonly #clock: Clock;
  readonly #send: () => Promise<unknown>;
  readonly #background: (work: Promise<unknown>) => void;
  #last = -Infinity;

  /** @param send puts the message into the queue. */
  constructor(clock: Clock, send: () => Promise<unknown>, background: (work: Promise<unknown>) => void) {
    this.#clock = clock;
    this.#send = send;
    this.#background = background;
  }

  ask(): void {
    const now = this.#clock.now();
    if (now < this.#last + pause) return;
    this.#last = now;
    this.#background(this.#send());
  }
}
