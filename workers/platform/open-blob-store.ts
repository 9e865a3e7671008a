import type { BlobStore } from "./blob-store.ts";
import { DiskStore } from "./disk-store.ts";
import { R2Store } from "./r2-store.ts";

/** The blob store this server is bound to: the disk where there is one, else R2. */
export function openBlobStore(bindings: { DISK?: Fetcher; BLOBS?: R2Bucket }): BlobStore {
  if (bindings.DISK) return new DiskStore(bindings.DISK);
  if (bindings.BLOBS) return new R2Store(bindings.BLOBS);
  throw new Error(
    "no blob store is bound: bind the R2 bucket BLOBS (wrangler.toml) or the disk service DISK",
  );
}
