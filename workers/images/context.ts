import type { Database } from "../db/index.ts";
import type { Clock } from "../platform/clock.ts";
import { Places } from "../platform/places.ts";
import type { RegistryContext } from "../registry/index.ts";
import type { Digest } from "../shared/digest.ts";

/** What the files of this domain work with. */
export interface ImagesContext {
  db: Database;
  clock: Clock;
  registry: Pick<RegistryContext, "blobs">;
  /** Where documents that are attached to images are read: each may take tens of megabytes, of the 128 that an isolate has. */
  documents: Places;
  /**
   * Hears of every manifest once it has been described, at least once for each; one that throws hears of it again later. For what other
   * domains take from an image.
   */
  described: (image: DescribedImage) => Promise<void>;
}

/** Two readings at a time, of ten seconds each at the most. */
export function documentPlaces(): Places {
  return new Places(2, 10_000);
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
