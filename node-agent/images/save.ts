import type { Digest } from "#shared/digest";
import type { Catalog } from "./catalog.ts";
import type { Claims } from "./claims.ts";
import { fullRepository, parseImageName } from "./image-name.ts";
import type { LayerBlobs, Readers } from "./layer-blobs.ts";
import { findImage } from "./lookup.ts";
import { outgoing } from "./outgoing.ts";
import { type SavedImage, type SavedName, savedArchive } from "./saved-archive.ts";

/**
 * The archive of images (saved-archive.ts). All of them have been found once this resolves; their layers stay until the archive has been read to its
 * end or given up.
 *
 * @param references names and ids; a name without a tag stands for all its tags.
 * @throws HubError `not-found`, `unavailable` when a layer's compressed form cannot be had; the signal's reason.
 */
export async function save(
  { catalog, blobs, claims }: { catalog: Catalog; blobs: LayerBlobs; claims: Claims },
  references: readonly string[],
  readers: Readers,
  signal: AbortSignal,
): Promise<{ ids: Digest[]; archive: AsyncIterable<Uint8Array> }> {
  const wanted = new Map<Digest, SavedName[]>();
  for (const { id, names } of references.flatMap((reference) => named(catalog, reference)))
    wanted.set(id, [...(wanted.get(id) ?? []), ...names]);
  const rows = [...wanted.keys()].map((id) => findImage(catalog, id));
  const claim = claims.claim(rows.flatMap(({ diffIds }) => diffIds));
  try {
    const images: SavedImage[] = [];
    for (const row of rows) {
      const parts = await outgoing(catalog, blobs, row, readers, signal);
      images.push({ row, names: unique(wanted.get(row.id) ?? []), parts });
    }
    return {
      ids: [...wanted.keys()],
      archive: claimed(savedArchive(images, blobs, readers, signal), claim),
    };
  } catch (error) {
    claim[Symbol.dispose]();
    throw error;
  }
}

async function* claimed(archive: AsyncIterable<Uint8Array>, claim: Disposable): AsyncGenerator<Uint8Array> {
  try {
    yield* archive;
  } finally {
    claim[Symbol.dispose]();
  }
}

/** What a reference to save stands for. */
function named(catalog: Catalog, reference: string): { id: Digest; names: SavedName[] }[] {
  const { id } = findOrUndefined(catalog, reference) ?? {};
  // By its id, an image has no name.
  if (id !== undefined && (id.startsWith(reference) || id.slice(7).startsWith(reference)))
    return [{ id, names: [] }];
  const name = parseImageName(reference);
  const { host, repository, tag } = name;
  const explicit = reference.slice(reference.lastIndexOf("/") + 1).includes(":");
  if (tag === undefined || explicit) {
    const found = findImage(catalog, reference);
    return [{ id: found.id, names: tag === undefined ? [] : [{ host, repository, tag }] }];
  }
  const rows = catalog.namesIn(fullRepository(name)).filter((row) => !row.reference.includes(":"));
  if (rows.length === 0) return [{ id: findImage(catalog, reference).id, names: [] }];
  return rows.map((row) => ({ id: row.image, names: [{ host, repository, tag: row.reference }] }));
}

function findOrUndefined(catalog: Catalog, reference: string): { id: Digest } | undefined {
  try {
    return findImage(catalog, reference);
  } catch {
    return undefined;
  }
}

function unique(names: readonly SavedName[]): SavedName[] {
  return [...new Map(names.map((name) => [`${name.host}/${name.repository}:${name.tag}`, name])).values()];
}
