import type { Digest } from "#shared/digest";

/** What of the store a plan has to know of one layer. Sizes are in bytes. */
export interface StoredLayer {
  diffId: Digest;
  size: number;
  /** Of its compressed form, where that is kept and can be had again. */
  blob: number;
  /** Of its compressed form where it cannot: it goes with the layer. */
  fixed: number;
  /** Whether a container has it, or somebody works with it: it stays, also without an image. */
  held: boolean;
}

export interface StoredImage {
  id: Digest;
  usedAt: number;
  diffIds: readonly Digest[];
  /** Whether a container has it, or somebody has said that it stays. */
  kept: boolean;
}

export interface WaterMarks {
  /** Above this, the store is made smaller, until it is at `low` or nothing is left that may go. In bytes. */
  high: number;
  low: number;
}

export interface GarbagePlan {
  /** Layers whose compressed form goes: all that is lost is the way to push or save them without their registry. */
  blobs: Digest[];
  /** Images that go, in this order. Their layers go with the last image that has them. */
  images: Digest[];
}

/**
 * What goes when the store has become too large: first compressed layers, the largest first, then images that no container has, the longest
 * unused first. Pure.
 */
export function planGarbage(
  layers: readonly StoredLayer[],
  images: readonly StoredImage[],
  { high, low }: WaterMarks,
): GarbagePlan {
  const plan: GarbagePlan = { blobs: [], images: [] };
  let used = layers.reduce((sum, { size, blob, fixed }) => sum + size + blob + fixed, 0);
  if (used <= high) return plan;
  for (const { diffId, blob } of layers.toSorted((one, other) => other.blob - one.blob)) {
    if (used <= low || blob === 0) break;
    plan.blobs.push(diffId);
    used -= blob;
  }
  const sizes = new Map(
    layers.filter(({ held }) => !held).map(({ diffId, size, fixed }) => [diffId, size + fixed]),
  );
  const owners = new Map<Digest, number>();
  for (const { diffIds } of images)
    for (const diffId of new Set(diffIds)) owners.set(diffId, (owners.get(diffId) ?? 0) + 1);
  const candidates = images.filter(({ kept }) => !kept).toSorted((one, other) => one.usedAt - other.usedAt);
  for (const { id, diffIds } of candidates) {
    if (used <= low) break;
    plan.images.push(id);
    for (const diffId of new Set(diffIds)) {
      const left = (owners.get(diffId) ?? 1) - 1;
      owners.set(diffId, left);
      if (left === 0) used -= sizes.get(diffId) ?? 0;
    }
  }
  return plan;
}
