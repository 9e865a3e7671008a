import path from "node:path";
import type { Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { succeed } from "../host/exec.ts";
import { Catalog, type LayerRow } from "./catalog.ts";
import { Claims } from "./claims.ts";
import { collect, type Collected } from "./collect.ts";
import { type DiskShare, diskState, marksFor } from "./disk-share.ts";
import type { WaterMarks } from "./garbage.ts";
import { type HistoryStep, readConfig } from "./image-manifest.ts";
import { fullRepository, parseImageName } from "./image-name.ts";
import { LayerBlobs, type Readers } from "./layer-blobs.ts";
import { LayerStore } from "./layer-store.ts";
import { load, type Loaded, type LoadOptions, type LoadTarget } from "./load.ts";
import { familiarName, findImage, type Image, noSuchImage, viewOf } from "./lookup.ts";
import { make, type NewImage } from "./make.ts";
import { pull, type Pulled, type PullOptions } from "./pull.ts";
import { push, type Pushed, type PushOptions } from "./push.ts";
import { RepositoryClient } from "./registry/client.ts";
import type { Credential } from "./registry/credential.ts";
import { RegistryEndpoint, type RegistrySettings } from "./registry/endpoint.ts";
import { Transport } from "./registry/transport.ts";
import { RepositoryWriter } from "./registry/writer.ts";
import {
  checkLogin,
  describeRemote,
  dockerHub,
  type FoundRepository,
  type RemoteImage,
  searchHub,
  searchTerm,
} from "./remote.ts";
import { repair } from "./repair.ts";
import { mountLayers, removeUpper, type Rootfs, unmountLayers } from "./rootfs.ts";
import { save } from "./save.ts";
import { StoreDirectory } from "./store-directory.ts";
import { defaultLimits, type UnpackLimits } from "./unpack/limits.ts";
import { Unpacker } from "./unpack/unpacker.ts";

export interface ImageStoreOptions {
  registries?: RegistrySettings;
  limits?: Partial<UnpackLimits>;
  /** Whether compressed layers are kept, to push and save images as they came. Default: yes. */
  keepBlobs?: boolean;
  /** The host whose hub is searched where none is named. Default: `docker.io`. */
  hub?: string;
  /** Told, as a sentence, of what the start has found broken and removed. */
  onRepair?: (sentence: string) => void;
}

/** For how long an image that has been used is no garbage, in milliseconds. */
const recently = 3_600_000;

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
  readonly #blobs: LayerBlobs;
  readonly #limits: UnpackLimits;
  readonly #registries: RegistrySettings;
  readonly #hub: string;
  #flushing: Promise<void> | undefined;

  private constructor(directory: StoreDirectory, catalog: Catalog, options: ImageStoreOptions) {
    this.#directory = directory;
    this.#catalog = catalog;
    this.#registries = options.registries ?? {};
    this.#hub = options.hub ?? "docker.io";
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#blobs = new LayerBlobs(directory, catalog);
    this.#layers = new LayerStore(
      directory,
      catalog,
      this.#unpacker,
      this.#limits,
      options.keepBlobs ?? true,
    );
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
    const client = new RepositoryClient(this.#endpoint(name.host, credential), name.repository);
    const target = { catalog: this.#catalog, layers: this.#layers, claims: this.#claims };
    const pulled = await pull(target, client, name, options);
    void this.flush().catch(() => {});
    return pulled;
  }

  /**
   * Pushes an image to where its name says.
   *
   * @throws HubError as `push` of push.ts does.
   */
  async push(text: string, credential: Credential, options: PushOptions = {}): Promise<Pushed> {
    const name = parseImageName(text);
    const writer = new RepositoryWriter(this.#endpoint(name.host, credential), name.repository);
    const source = { catalog: this.#catalog, blobs: this.#blobs, claims: this.#claims };
    return push(source, writer, this.#readers(name.host, credential), name, options);
  }

  /** The tags of a repository that are here, as `latest`. */
  tagsOf(text: string): string[] {
    const names = this.#catalog.namesIn(fullRepository(parseImageName(text)));
    return names.map(({ reference }) => reference).filter((reference) => !reference.includes(":"));
  }

  /** The archive of images, as `save` of save.ts makes it. */
  save(
    references: readonly string[],
    signal: AbortSignal,
  ): Promise<{ ids: Digest[]; archive: AsyncIterable<Uint8Array> }> {
    const source = { catalog: this.#catalog, blobs: this.#blobs, claims: this.#claims };
    return save(source, references, this.#readers(), signal);
  }

  /** Loads the images of an archive. @throws HubError as `load` of load.ts does. */
  async load(input: AsyncIterable<Uint8Array>, options: LoadOptions = {}): Promise<Loaded[]> {
    this.#unpacker.prepare();
    const loaded = await load(this.#target, input, options);
    void this.flush().catch(() => {});
    return loaded;
  }

  /** Makes an image of another one and a layer. @throws HubError `not-found`, `invalid`, `too-large`, `unavailable`. @returns its id. */
  async make(image: NewImage): Promise<Digest> {
    const base = image.base === undefined ? undefined : findImage(this.#catalog, image.base);
    const id = await make(this.#target, base, image);
    void this.flush().catch(() => {});
    return id;
  }

  /** What a registry has under a name. @throws HubError as `pull` does. */
  describeRemote(text: string, credential: Credential, signal: AbortSignal): Promise<RemoteImage> {
    const name = parseImageName(text);
    const client = new RepositoryClient(this.#endpoint(name.host, credential), name.repository);
    return describeRemote(client, name, signal);
  }

  /** Searches the hub that the term names (`hub.example/web`), or the one that is asked when none is named. @throws HubError `unavailable`. */
  search(
    term: string,
    limit: number,
    credential: Credential,
    signal: AbortSignal,
  ): Promise<FoundRepository[]> {
    const { host, text } = searchTerm(term, this.#hub);
    // Docker's hub is not where its registry is.
    const place = host === "docker.io" ? dockerHub : host;
    return searchHub(this.#endpoint(place, credential), text, limit, signal);
  }

  /** @throws HubError `unauthenticated` when the registry does not take the login, `unavailable`. */
  checkLogin(host: string, credential: Credential, signal: AbortSignal): Promise<void> {
    return checkLogin(this.#endpoint(host, credential), signal);
  }

  /** All images, the newest first. */
  list(): Image[] {
    return this.#catalog.images().map((row) => viewOf(this.#catalog, row));
  }

  /** An image by its name, its digest, its id, or the beginning of its id. @throws HubError `not-found`, `invalid` for a beginning of several. */
  inspect(reference: string): Image {
    return viewOf(this.#catalog, findImage(this.#catalog, reference));
  }

  /** Where the layers of an image lie, the lowest first. */
  layerFolders(reference: string): string[] {
    const { diffIds } = findImage(this.#catalog, reference);
    return diffIds.map((diffId) => this.#directory.layer(this.#catalog.layer(diffId)?.folder ?? ""));
  }

  /** How many bytes of each image are in layers that another one has too. */
  sharedSizes(): Map<Digest, number> {
    const owners = new Map<Digest, number>();
    const images = this.#catalog.images();
    for (const { diffIds } of images)
      for (const diffId of new Set(diffIds)) owners.set(diffId, (owners.get(diffId) ?? 0) + 1);
    const shared = ({ diffId, size }: LayerRow) => ((owners.get(diffId) ?? 0) > 1 ? size : 0);
    const sizes = new Map(this.#catalog.layers().map((layer) => [layer.diffId, shared(layer)]));
    return new Map(
      images.map(({ id, diffIds }) => [
        id,
        [...new Set(diffIds)].reduce((sum, diffId) => sum + (sizes.get(diffId) ?? 0), 0),
      ]),
    );
  }

  /** What all layers hold, each counted once, in bytes. */
  get layersSize(): number {
    return this.#catalog.layers().reduce((sum, { size }) => sum + size, 0);
  }

  /** What has made an image, the last step first. */
  history(reference: string): HistoryEntry[] {
    const row = findImage(this.#catalog, reference);
    const sizes = row.diffIds.map((diffId) => this.#catalog.layer(diffId)?.size ?? 0);
    const steps = readConfig(row.config).history.map((step) => ({
      ...step,
      size: step.empty ? 0 : (sizes.shift() ?? 0),
    }));
    // Layers that no step speaks of are there all the same.
    const unsaid = { created: undefined, createdBy: "", author: "", comment: "", empty: false };
    return [...steps, ...sizes.map((size) => ({ ...unsaid, size }))].toReversed();
  }

  /** Gives an image a further name; another image that had it loses it. @throws HubError `not-found`, `invalid`. */
  tag(reference: string, text: string): void {
    const { id } = findImage(this.#catalog, reference);
    const name = parseImageName(text);
    if (name.tag === undefined)
      throw new HubError("invalid", `"${text}" has a digest; a tag is what can be given`);
    const repository = fullRepository(name);
    this.#catalog.putName({ repository, reference: name.tag, image: id, at: Date.now() });
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
      const before = this.#catalog.names(id).map(familiarName);
      this.#catalog.removeName(repository, reference);
      // Digests of a repository without a tag name nothing that somebody would look for.
      const rest = this.#catalog.names(id);
      const tagged = rest.some((each) => each.repository === repository && !each.reference.includes(":"));
      if (!tagged)
        for (const each of rest)
          if (each.repository === repository) this.#catalog.removeName(repository, each.reference);
      const after = this.#catalog.names(id).map(familiarName);
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
    const { id } = findImage(this.#catalog, reference);
    const holders = this.#catalog.holders(id);
    if (holders.length > 0 && !force)
      throw new HubError(
        "conflict",
        `unable to delete ${id.slice(7, 19)} (must be forced) - image is being used by container ${holders.map((holder) => path.basename(holder).slice(0, 12)).join(", ")}`,
      );
    return this.#catalog.atomically(() => {
      const untagged = this.#catalog.names(id).map(familiarName);
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
  async collect(marks?: WaterMarks, pinned: ReadonlySet<Digest> = new Set()): Promise<Collected> {
    const { images, layers, freed, files } = this.#catalog.atomically(() =>
      collect(this.#directory, this.#catalog, this.#claims, marks, pinned),
    );
    for (const file of files) await this.#directory.discard(file);
    return { images, layers, freed };
  }

  /**
   * Makes room when the file system is above its high mark: `collect` down to the low one. What has been used within the last hour stays.
   *
   * @param pinned ids of images that stay in any case.
   */
  async tidy(share: DiskShare, pinned: ReadonlySet<Digest>): Promise<Collected> {
    const marks = marksFor(await diskState(this.#directory.path), share, this.size);
    if (marks === undefined) return { images: [], layers: [], freed: 0 };
    const recent = this.#catalog.images().filter(({ usedAt }) => usedAt > Date.now() - recently);
    using _claim = this.#claims.claim(recent.flatMap(({ diffIds }) => diffIds));
    return await this.collect(marks, new Set([...pinned, ...recent.map(({ id }) => id)]));
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
    const image = findImage(this.#catalog, reference);
    return this.#catalog.atomically(() => {
      this.#catalog.hold(folder, image);
      this.#catalog.touch(image.id, Date.now());
      return this.#catalog.held(folder) ?? { layers: [] };
    });
  }

  get #target(): LoadTarget {
    return {
      directory: this.#directory,
      catalog: this.#catalog,
      layers: this.#layers,
      claims: this.#claims,
      limits: this.#limits,
    };
  }

  #endpoint(host: string, credential: Credential): RegistryEndpoint {
    return new RegistryEndpoint(this.#transport, host, credential, this.#registries);
  }

  /** Who reads the repositories of one registry with a credential, and those of others without. */
  #readers(host?: string, credential: Credential = { kind: "anonymous" }): Readers {
    return (full) => {
      const slash = full.indexOf("/");
      const own = full.slice(0, slash) === host;
      const endpoint = this.#endpoint(full.slice(0, slash), own ? credential : { kind: "anonymous" });
      return new RepositoryClient(endpoint, full.slice(slash + 1));
    };
  }
}
