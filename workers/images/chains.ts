import { createHash } from "node:crypto";
import type { Digest } from "../shared/digest.ts";

/**
 * The chain ids of every beginning of a list of layers, the shortest first (OCI Image Specification, "Layer ChainID"): each says which
 * layers there are up to it, and in which order.
 *
 * @param diffIds digests of the layers, uncompressed
 */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chains: Digest[] = [];
  const encoder = new TextEncoder();
  for (const diffId of diffIds) {
    const below = chains.at(-1);
    chains.push(
      below === undefined
        ? diffId
        : `sha256:${createHash("sha256")
            .update(encoder.encode(`${below} ${diffId}`))
            .digest("hex")}`,
    );
  }
  return chains;
}
