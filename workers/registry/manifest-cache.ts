import { minute } from "../platform/clock.ts";
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

/**
 * How long a name stands for its repository without looking, in milliseconds. Whatever takes a name from a repository tells the
 * repository's object, but for one: an organization or a user gives up an old name, which is then nobody's for longer than this.
 */
const nameAge = 5 * minute;

/** Manifests of this isolate, the least recently used leave first. Bounded in bytes: all requests of an isolate share 128 MB. */
export class ManifestCache {
  readonly #entries = new Map<string, Entry>();
  /** Names that were found, in this isolate, and the repositories they lead to: worth asking for their revision. */
  readonly #repositories = new Map<string, { id: number; until: number }>();
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

  /** The repository that a name leads to. @param now milliseconds since 1970 */
  idOf(name: string, now: number): number | undefined {
    const known = this.#repositories.get(name);
    return known && now < known.until ? known.id : undefined;
  }

  learn(name: string, id: number, now: number): void {
    const [oldest] = this.#repositories.keys();
    if (oldest !== undefined && this.#repositories.size >= maximumRepositories)
      this.#repositories.delete(oldest);
    this.#repositories.set(name, { id, until: now + nameAge });
  }

  forget(name: string): void {
    this.#repositories.delete(name);
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
