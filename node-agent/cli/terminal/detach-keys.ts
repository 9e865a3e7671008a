import { CommandError } from "../command-error.ts";

/** Says of what is typed what may be passed on, and when the keys have come that leave a container running. */
export class DetachKeys {
  readonly #keys: readonly number[];
  #seen = 0;

  /** @param text such as `ctrl-p,ctrl-q` or `a,ctrl-x`. @throws CommandError of code 125. */
  constructor(text: string | undefined) {
    this.#keys = (text || "ctrl-p,ctrl-q").split(",").map((key) => {
      const control = /^ctrl-([a-z@[\\\]^_])$/i.exec(key)?.[1];
      if (control !== undefined) return control.toUpperCase().charCodeAt(0) - 64;
      if (key.length === 1 && key.charCodeAt(0) < 128) return key.charCodeAt(0);
      throw new CommandError(
        `invalid detach keys (${text}): "${key}" is neither a letter nor ctrl- and a letter`,
        125,
      );
    });
  }

  take(typed: Buffer): { passed: Buffer; detached: boolean } {
    const passed: number[] = [];
    for (const byte of typed) {
      if (byte === this.#keys[this.#seen]) {
        this.#seen += 1;
        if (this.#seen === this.#keys.length) return { passed: Buffer.from(passed), detached: true };
        continue;
      }
      // What looked like the beginning was typed.
      passed.push(...this.#keys.slice(0, this.#seen));
      this.#seen = byte === this.#keys[0] ? 1 : 0;
      if (this.#seen === 0) passed.push(byte);
    }
    return { passed: Buffer.from(passed), detached: false };
  }
}
