/** What one layer may take. Beyond, unpacking ends with an error and leaves nothing. */
export interface UnpackLimits {
  /** Files, directories, links and whiteouts. */
  entries: number;
  /** Bytes of files, written out. */
  bytes: number;
  /** How many times larger than its compressed form a layer may be, once it is larger than a gibibyte. */
  ratio: number;
  /** Bytes of the file system that stay free. */
  reserve: number;
}

/** More than the largest images in use have, and less than what fills a host. */
export const defaultLimits: UnpackLimits = {
  entries: 2_000_000,
  bytes: 128 * 1024 ** 3,
  ratio: 400,
  reserve: 256 * 1024 ** 2,
};
