import type { Digest } from "#shared/digest";

/** Layers that somebody is putting an image together of: no garbage, though no image has them yet. Gone with the process, like who claims. */
export class Claims {
  readonly #counts = new Map<Digest, number>();

  has(diffId: Digest): boolean {
    return this.#counts.has(diffId);
  }

  claim(diffIds: readonly Digest[]): Disposable {
    const claimed = new Set(diffIds);
    for (const diffId of claimed) this.#counts.set(diffId, (this.#counts.get(diffId) ?? 0) + 1);
    return {
      [Symbol.dispose]: () => {
        for (const diffId of claimed) {
          const left = (this.#counts.get(diffId) ?? 1) - 1;
          if (left === 0) this.#counts.delete(diffId);
          else this.#counts.set(diffId, left);
        }
      },
    };
  }
}
