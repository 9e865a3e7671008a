import { stat } from "node:fs/promises";
import path from "node:path";
import type { Digest } from "#shared/digest";
import { parseDigest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { bootId } from "../host/boot.ts";
import { succeed } from "../host/exec.ts";
import { Catalog, type ImageRow, type LayerRow } from "./catalog.ts";
import { Claims } from "./claims.ts";
import { planGarbage, type WaterMarks } from "./garbage.ts";
import { type HistoryStep, readConfig } from "./image-manifest.ts";
import { familiarRepository, fullRepository, parseImageName } from "./image-name.ts";
import { LayerStore } from "./layer-store.ts";
import { pull, type Pulled, type PullOptions } from "./pull.ts";
import { RepositoryClient, type RegistrySettings } from "./registry/client.ts";
import type { Credential } from "./registry/credential.ts";
import { Transport } from "./registry/transport.ts";
import { mountLayers, removeUpper, type Rootfs, unmountLayers } from "./rootfs.ts";
import { StoreDirectory } from "./store-directory.ts";
import { defaultLimits, type UnpackLimits } from "./unpack/limits.ts";
import { Unpacker } from "./unpack/unpacker.ts";

export interface ImageStoreOptions {
  registries?: RegistrySettings;
  limits?: Partial<UnpackLimits>;
  /** Whether compressed layers are kept, to push and save images as they came. Default: yes. */
  keepBlobs?: boolean;
  /** Told, as a sentence, of what the start has found broken and removed. */
  onRepair?: (sentence: string) => void;
}

/** An image as plain values. */
export interface Image {
  id: Digest;
  /** Such as `debian:12` and `registry.example/team/app:latest`. */
  tags: string[];
  /** Such as `debian@sha256:…`. */
  digests: string[];
  /** The configuration, as JSON of the image's own. */
  config: Uint8Array;
  architecture: string;
  os: string;
  variant: string | undefined;
  /** RFC 3339. */
  created: string | undefined;
  /** Of all its files, in bytes, also those it shares with other images. */
  size: number;
  diffIds: Digest[];
  /** Milliseconds since 1970. */
  addedAt: number;
  usedAt: number;
}

export interface HistoryEntry extends HistoryStep {
  /** Of the layer that the step has made; 0 without one. */
  size: number;
}

/**
 * Images on this host: pulled, named, mounted for containers, removed. It needs no daemon, only a folder that is its own, on a file system
 * that overlayfs takes for its layers (store-directory.ts says what lies in it).
 */
export class ImageStore implements AsyncDisposable {
  readonly #directory: StoreDirectory;
  readonly #catalog: Catalog;
  readonly #layers: LayerStore;
  readonly #unpacker = new Unpacker();
  readonly #transport = new Transport();
  readonly #claims = new Claims();
  readonly #registries: RegistrySettings;
  #flushing: Promise<void> | undefined;

  private constructor(directory: StoreDirectory, catalog: Catalog, options: ImageStoreOptions) {
    this.#directory = directory;
    this.#catalog = catalog;
    this.#registries = options.registries ?? {};
    const limits = { ...defaultLimits, ...options.limits };
    this.#layers = new LayerStore(directory, catalog, this.#unpacker, limits, options.keepBlobs ?? true);
  }

  /**
   * Opens the store in a folder, makes it where there is none, and clears away what a kill or a power cut has left.
   *
   * @throws HubError `conflict` when another process has it.
   */
  static async open(folder: string, options: ImageStoreOptions = {}): Promise<ImageStore> {
    const directory = await StoreDirectory.open(folder);
    const catalog = new Catalog(directory.catalog);
    try {
      await repair(directory, catalog, options.onRepair ?? (() => {}));
    } catch (error) {
      catalog.close();
      throw error;
    }
    return new ImageStore(directory, catalog, options);
  }

  /**
   * Pulls an image by its name. It is there for all to see once this resolves, and on the disk a little later (`flush`).
   *
   * @throws HubError as `pull` of pull.ts does.
   */
  async pull(
    text: string,
    credential: Credential = { kind: "anonymous" },
    options: PullOptions = {},
  ): Promise<Pulled> {
    const name = parseImageName(text);
    this.#unpacker.prepare();
    const client = new RepositoryClient(
      this.#transport,
      name.host,
      name.repository,
      credential,
      this.#registries,
    );
    const target = { catalog: this.#catalog, layers: this.#layers, claims: this.#claims };
    const pulled = await pull(target, client, name, options);
    void this.flush().catch(() => {});
    return pulled;
  }

  /** All images, the newest first. */
  list(): Image[] {
    return this.#catalog.images().map((row) => this.#imageOf(row));
  }

  /** An image by its name, its digest, its id, or the beginning of its id. @throws HubError `not-found`, `invalid` for a beginning of several. */
  inspect(reference: string): Image {
    return this.#imageOf(this.#find(reference));
  }

  /** What has made an image, the last step first. */
  history(reference: string): HistoryEntry[] {
    const row = this.#find(reference);
    const sizes = row.diffIds.map((diffId) => this.#catalog.layer(diffId)?.size ?? 0);
    const steps = readConfig(row.config).history.map((step) => ({
      ...step,
      size: step.empty ? 0 : (sizes.shift() ?? 0),
    }));
    return steps.toReversed();
  }

  /** Gives an image a further name; another image that had it loses it. @throws HubError `not-found`, `invalid`. */
  tag(reference: string, text: string): void {
    const { id } = this.#find(reference);
    const name = parseImageName(text);
    if (name.tag === undefined)
      throw new HubError("invalid", `"${text}" has a digest; a tag is what can be given`);
    this.#catalog.putName({ repository: fullRepository(name), reference: name.tag, image: id });
  }

  /**
   * Takes a name away. The image goes with its last tag, unless a container has it.
   *
   * @returns the names that are gone, and whether the image is.
   * @throws HubError `not-found`.
   */
  untag(text: string): { untagged: string[]; removed: Digest | undefined } {
    const name = parseImageName(text);
    const repository = fullRepository(name);
    const reference = name.digest ?? name.tag ?? "latest";
    const id = this.#catalog.named(repository, reference);
    if (id === undefined) throw noSuchImage(text);
    return this.#catalog.atomically(() => {
      const before = this.#namesOf(id);
      this.#catalog.removeName(repository, reference);
      // Digests of a repository without a tag name nothing that somebody would look for.
      const rest = this.#catalog.names(id);
      const tagged = rest.some((each) => each.repository === repository && !each.reference.includes(":"));
      if (!tagged)
        for (const each of rest)
          if (each.repository === repository) this.#catalog.removeName(repository, each.reference);
      const after = this.#namesOf(id);
      const gone = after.length === 0 && this.#catalog.holders(id).length === 0;
      if (gone) this.#catalog.removeImage(id);
      return { untagged: before.filter((each) => !after.includes(each)), removed: gone ? id : undefined };
    });
  }

  /**
   * Removes an image with all its names. Its layers go with the next `collect`, but for those that others need.
   *
   * @throws HubError `not-found`; `conflict` when a container has it, unless `force`: then the container keeps the layers.
   */
  remove(reference: string, { force = false } = {}): { untagged: string[]; removed: Digest } {
    const { id } = this.#find(reference);
    const holders = this.#catalog.holders(id);
    if (holders.length > 0 && !force)
      throw new HubError(
        "conflict",
        `unable to delete ${id.slice(7, 19)} (must be forced) - image is being used by container ${holders.map((holder) => path.basename(holder).slice(0, 12)).join(", ")}`,
      );
    return this.#catalog.atomically(() => {
      const untagged = this.#namesOf(id);
      this.#catalog.removeImage(id);
      return { untagged, removed: id };
    });
  }

  /**
   * Mounts an image for a container, writable, in a folder of the container's own. From then on the layers stay, whatever becomes of the
   * image, until `removeRootfs`. Mounting again, also after a restart or a reboot, gives the same file system.
   *
   * @param folder without comma, colon or backslash; `rootfs`, `upper` and `work` in it are used.
   * @throws HubError `not-found`, `unavailable`.
   */
  async mountRootfs(reference: string, folder: string): Promise<Rootfs> {
    const held = this.#catalog.held(folder) ?? this.#hold(reference, folder);
    return mountLayers(this.#directory, held.layers, folder);
  }

  /** Keeps an image's layers for a container that is to be mounted in a folder. Again changes nothing. @throws HubError `not-found`. */
  hold(reference: string, folder: string): void {
    if (this.#catalog.held(folder) === undefined) this.#hold(reference, folder);
  }

  /** Takes the mount away. What the container has written stays, and so do the layers. */
  async release(folder: string): Promise<void> {
    await unmountLayers(folder);
  }

  /** Takes the mount away and removes what the container has written; the layers may go. It is no error when there is nothing. */
  async removeRootfs(folder: string): Promise<void> {
    await unmountLayers(folder);
    await removeUpper(folder);
    this.#catalog.drop(folder);
  }

  /**
   * Removes layers that nobody needs; with marks, also compressed layers and unused images until the store is small enough.
   *
   * @param pinned ids of images that stay in any case.
   * @returns what is gone, and how many bytes that frees. The removal itself goes on for a while.
   */
  async collect(
    marks?: WaterMarks,
    pinned: ReadonlySet<Digest> = new Set(),
  ): Promise<{ images: Digest[]; layers: Digest[]; freed: number }> {
    const { images, layers, freed, files } = this.#catalog.atomically(() => this.#collect(marks, pinned));
    for (const file of files) await this.#directory.discard(file);
    return { images, layers, freed };
  }

  /** What the store takes on the disk, in bytes, as far as it knows. */
  get size(): number {
    return this.#catalog.layers().reduce((sum, { size, blob }) => sum + size + (blob?.size ?? 0), 0);
  }

  /** Resolves when all that is in the store by now will last over a power cut. */
  async flush(): Promise<void> {
    // One run of sync at a time: who comes meanwhile needs another.
    const before = this.#flushing;
    const flushing = (async () => {
      await before?.catch(() => {});
      const diffIds = this.#catalog.layersNotDurable();
      if (diffIds.length === 0) return;
      await succeed("sync", ["--file-system", this.#directory.path], { deadline: 600_000 });
      this.#catalog.markDurable(diffIds);
    })();
    this.#flushing = flushing;
    await flushing;
  }

  /** Ends what runs. The store can be opened again then. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#transport.close();
    await this.#unpacker[Symbol.asyncDispose]();
    await this.#flushing?.catch(() => {});
    await this.#directory.emptyTrash();
    this.#catalog.close();
  }

  #hold(reference: string, folder: string): { layers: LayerRow[] } {
    const image = this.#find(reference);
    return this.#catalog.atomically(() => {
      this.#catalog.hold(folder, image);
      this.#catalog.touch(image.id, Date.now());
      return this.#catalog.held(folder) ?? { layers: [] };
    });
  }

  #collect(marks: WaterMarks | undefined, pinned: ReadonlySet<Digest>) {
    const files: string[] = [];
    let freed = 0;
    const plan =
      marks === undefined ? { blobs: [], images: [] } : planGarbage(...this.#stored(pinned), marks);
    for (const id of plan.images) this.#catalog.removeImage(id);
    const gone = this.#catalog.unusedLayers().filter(({ diffId }) => !this.#claims.has(diffId));
    const withoutBlob = plan.blobs.flatMap((diffId) => this.#catalog.layer(diffId) ?? []);
    for (const { diffId, blob } of new Set([...withoutBlob, ...gone])) {
      if (blob === undefined) continue;
      files.push(this.#directory.blob(blob.digest));
      this.#catalog.forgetBlob(diffId);
    }
    this.#catalog.dropLayers(gone.map(({ diffId }) => diffId));
    for (const { folder, size } of gone) {
      files.push(this.#directory.layer(folder));
      freed += size;
    }
    const blobs = new Map([...withoutBlob, ...gone].map(({ diffId, blob }) => [diffId, blob?.size ?? 0]));
    for (const size of blobs.values()) freed += size;
    return { images: plan.images, layers: gone.map(({ diffId }) => diffId), freed, files };
  }

  #stored(pinned: ReadonlySet<Digest>) {
    const layers = this.#catalog
      .layers()
      .map(({ diffId, size, blob }) => ({ diffId, size, blob: blob?.size ?? 0 }));
    const images = this.#catalog.images().map(({ id, usedAt, diffIds }) => ({
      id,
      usedAt,
      diffIds,
      kept: pinned.has(id) || this.#catalog.holders(id).length > 0,
    }));
    return [layers, images] as const;
  }

  #find(reference: string): ImageRow {
    const id = this.#idOf(reference);
    const row = id === undefined ? undefined : this.#catalog.image(id);
    if (row === undefined) throw noSuchImage(reference);
    return row;
  }

  /** By full id, then by name, then by the beginning of an id: a name of hexadecimal digits is a name first. */
  #idOf(reference: string): Digest | undefined {
    const whole = parseDigest(reference);
    if (whole !== undefined) return whole;
    const prefix = /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(reference)?.[1];
    if (!reference.startsWith("sha256:")) {
      const name = parseImageName(reference);
      const named = this.#catalog.named(fullRepository(name), name.digest ?? name.tag ?? "latest");
      if (named !== undefined) return named;
    }
    const ids = prefix === undefined ? [] : this.#catalog.imagesByPrefix(prefix);
    if (ids.length > 1)
      throw new HubError("invalid", `ambiguous reference: several ids of images begin with ${prefix}`);
    return ids[0];
  }

  #imageOf(row: ImageRow): Image {
    const { id, config, diffIds, addedAt, usedAt } = row;
    const { architecture, os, variant, created } = readConfig(config);
    const names = this.#namesOf(id);
    const size = diffIds.reduce((sum, diffId) => sum + (this.#catalog.layer(diffId)?.size ?? 0), 0);
    const digests = names.filter((name) => name.includes("@"));
    const tags = names.filter((name) => !name.includes("@"));
    return { id, tags, digests, config, architecture, os, variant, created, size, diffIds, addedAt, usedAt };
  }

  /** As Docker writes them. */
  #namesOf(id: Digest): string[] {
    return this.#catalog.names(id).map(({ repository, reference }) => {
      const [host = "", ...rest] = repository.split("/");
      const familiar = familiarRepository({ host, repository: rest.join("/") });
      return `${familiar}${reference.includes(":") ? "@" : ":"}${reference}`;
    });
  }
}

/** Brings catalog and files to where they agree, and lets go of what a power cut may have damaged. */
async function repair(
  directory: StoreDirectory,
  catalog: Catalog,
  tell: (sentence: string) => void,
): Promise<void> {
  const missing: Digest[] = [];
  for (const { diffId, folder } of catalog.layers())
    if (!(await stat(directory.layer(folder)).catch(() => undefined))) missing.push(diffId);
  const doubtful = catalog.doubtfulLayers(bootId());
  const bad = [...new Set([...missing, ...doubtful])];
  if (bad.length > 0) {
    const images = catalog.images().filter(({ diffIds }) => diffIds.some((diffId) => bad.includes(diffId)));
    catalog.atomically(() => catalog.dropLayers(bad));
    const reason = missing.length > 0 ? "are gone" : "were not on the disk when the machine stopped";
    tell(`${bad.length} layers ${reason}; ${images.length} images are removed and have to be pulled again.`);
  }
  const layers = catalog.layers();
  const blobs = new Set<Digest>();
  for (const { diffId, blob } of layers) {
    if (blob === undefined) continue;
    const found = await stat(directory.blob(blob.digest)).catch(() => undefined);
    if (found?.size === blob.size) blobs.add(blob.digest);
    else catalog.forgetBlob(diffId);
  }
  await directory.sweep(new Set(layers.map(({ folder }) => folder)), blobs);
}

function noSuchImage(reference: string): HubError {
  const tagged = /[:@]/.test(reference.slice(reference.lastIndexOf("/") + 1));
  return new HubError("not-found", `No such image: ${tagged ? reference : `${reference}:latest`}`);
}
