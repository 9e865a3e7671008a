import { execFileSync } from "node:child_process";
import { linkSync, rmSync } from "node:fs";
import { requireProgram } from "../../host/exec.ts";
import { codeOf } from "../../host/files.ts";

/**
 * Makes whiteouts as overlayfs does itself: hard links to one character device 0:0. Node cannot make a device, but it can link to one,
 * so that a layer with ten thousand whiteouts costs one run of mknod.
 */
export class Whiteouts {
  /** The first of them, beside the layer. */
  readonly #original: string;
  #made = false;

  constructor(original: string) {
    this.#original = original;
  }

  make(place: string | Buffer): void {
    if (!this.#made) this.#renew();
    try {
      linkSync(this.#original, place);
    } catch (error) {
      // ext4 takes 65,000 names for one file.
      if (codeOf(error) !== "EMLINK") throw error;
      this.#renew();
      linkSync(this.#original, place);
    }
  }

  close(): void {
    if (this.#made) rmSync(this.#original, { force: true });
  }

  #renew(): void {
    rmSync(this.#original, { force: true });
    execFileSync(requireProgram("mknod"), [this.#original, "c", "0", "0"], { timeout: 10_000 });
    this.#made = true;
  }
}
