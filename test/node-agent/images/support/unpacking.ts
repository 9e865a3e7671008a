import { createHash } from "node:crypto";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Digest } from "#shared/digest";
import { defaultLimits, type UnpackLimits } from "../../../../node-agent/images/unpack/limits.ts";
import type { UnpackedLayer } from "../../../../node-agent/images/unpack/messages.ts";
import { Unpacker, whole } from "../../../../node-agent/images/unpack/unpacker.ts";
import { TemporaryFolder } from "../../support/temporary-folder.ts";

interface Wanted {
  diffId?: Digest;
  digest?: Digest;
  limits?: Partial<UnpackLimits>;
}

/** A folder with room for layers, and what unpacks them there. */
export class UnpackWorld implements AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly unpacker = new Unpacker(2);
  #layers = 0;

  private constructor(folder: TemporaryFolder) {
    this.folder = folder;
  }

  static async make(): Promise<UnpackWorld> {
    return new UnpackWorld(await TemporaryFolder.make());
  }

  /** Unpacks bytes as a layer. @returns where it lies, and what is told of it. */
  async unpack(layer: Uint8Array, wanted: Wanted = {}): Promise<UnpackedLayer & { root: string }> {
    const name = path.join(this.folder.path, `layer-${this.#layers++}`);
    await writeFile(`${name}.blob`, layer);
    await mkdir(name);
    const job = {
      file: `${name}.blob`,
      size: layer.length,
      digest: wanted.digest ?? sha256(layer),
      diffId: wanted.diffId,
      root: name,
      aside: `${name}.aside`,
      limits: { ...defaultLimits, ...wanted.limits },
    };
    const deadline = AbortSignal.timeout(30_000);
    return { root: name, ...(await this.unpacker.unpack(job, whole(layer.length), deadline)) };
  }

  /** What lies in the world beside blobs and layers: nothing, unless something got out. */
  async strays(): Promise<string[]> {
    const names = await readdir(this.folder.path);
    return names.filter((name) => !/^layer-\d+(\.blob)?$/.test(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.unpacker[Symbol.asyncDispose]();
    await this.folder[Symbol.asyncDispose]();
  }
}

export function sha256(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
