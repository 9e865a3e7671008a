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

/** A manifest that has been described. Texts of whoever pushed it. */
export interface DescribedImage {
  repositoryId: number;
  digest: Digest;
  /** Tags that name it now, a hundred at most. */
  tags: string[];
  /** One of them is what people get who name none: `latest`, or in a repository without it the tag that was moved last. */
  isDefault: boolean;
  /** Its annotations, those of the images in an index, and their labels: what the outermost says counts. */
  annotations: Record<string, string>;
}
