import type { Digest } from "../shared/digest.ts";

export interface StoredManifest {
  digest: Digest;
  mediaType: string;
  bytes: Uint8Array;
}

interface Entry {
  /** The repository's revision this was read under; it may be used only while that is still the current one. */
  revision: string;
  manifest: StoredManifest;
}

const maximumRepositories = 10_000;

/** Manifests of this isolate, the least recently used leave first. Bounded in bytes: all requests of an isolate share 128 MB. */
export class ManifestCache {
  readonly #entries = new Map<string, Entry>();
  /** Repositories that were found, in this isolate: worth asking for their revision. */
  readonly #repositories = new Set<string>();
  readonly #maximum: number;
  #size = 0;

  /** @param maximum bytes of manifests to hold */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  get(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  set(key: string, entry: Entry): void {
    this.delete(key);
    const size = sizeOf(key, entry);
    if (size > this.#maximum / 8) return;
    this.#entries.set(key, entry);
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#maximum) break;
      this.delete(oldest);
    }
  }

  knows(repository: string): boolean {
    return this.#repositories.has(repository);
  }

  learn(repository: string): void {
    const [oldest] = this.#repositories;
    if (oldest !== undefined && this.#repositories.size >= maximumRepositories)
      this.#repositories.delete(oldest);
    this.#repositories.add(repository);
  }

  forget(repository: string): void {
    this.#repositories.delete(repository);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#size -= sizeOf(key, entry);
  }
}

/** Bytes of an entry, with a guess at what the engine adds. */
function sizeOf(key: string, entry: Entry): number {
  return entry.manifest.bytes.byteLength + key.length + 512;
}
