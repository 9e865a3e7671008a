import type { Database } from "../db/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { RegistryContext } from "../registry/index.ts";
import type { Digest } from "../shared/digest.ts";

/** What the files of this domain work with. */
export interface ImagesContext {
  db: Database;
  clock: Clock;
  registry: Pick<RegistryContext, "blobs">;
  /**
   * Hears of every manifest once it has been described, at least once for each; one that throws hears of it again later. For what other
   * domains take from an image.
   */
  described: (image: DescribedImage) => Promise<void>;
}

/** What a manifest says of itself. Texts of whoever pushed it. */
export interface DescribedImage {
  repositoryId: number;
  digest: Digest;
  /** The tags that name it now. */
  tags: string[];
  annotations: Record<string, string>;
  labels: Record<string, string>;
}
