// oxlint-disable-next-line typescript/triple-slash-reference -- an ambient module has nothing to import; other tsconfigs find it so
/// <reference path="./node-crypto.d.ts" />
import { createHash } from "node:crypto";
import type { Digest, DigestAlgorithm } from "../shared/digest.ts";

/** A digest that is computed as the bytes come by. Native, and the only one in workerd that can be copied in the middle. */
export class StreamingHash {
  readonly algorithm: DigestAlgorithm;
  readonly #hash: ReturnType<typeof createHash>;

  constructor(algorithm: DigestAlgorithm, hash = createHash(algorithm)) {
    this.algorithm = algorithm;
    this.#hash = hash;
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Another one that stands where this one stands: go on with it, and fall back on this one. */
  copy(): StreamingHash {
    return new StreamingHash(this.algorithm, this.#hash.copy());
  }

  /** The digest of everything so far; nothing can be added afterwards. */
  digest(): Digest {
    return `${this.algorithm}:${this.#hash.digest("hex")}`;
  }
}
