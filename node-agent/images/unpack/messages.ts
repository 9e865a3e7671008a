import type { Digest } from "#shared/digest";
import type { ErrorKind } from "#shared/errors";
import type { UnpackLimits } from "./limits.ts";

/** What a thread is to unpack. */
export interface UnpackJob {
  /** The compressed layer; it may still be growing. */
  file: string;
  /** How long it is in the end, in bytes. */
  size: number;
  digest: Digest;
  /** Of the uncompressed archive. undefined where nobody has said: then any is right. */
  diffId: Digest | undefined;
  /** An empty folder for the layer's files. */
  root: string;
  /** A path beside it that is free. */
  aside: string;
  limits: UnpackLimits;
}

export interface UnpackedLayer {
  diffId: Digest;
  /** What its files hold, in bytes. */
  size: number;
  /** How long the uncompressed archive is. */
  archiveSize: number;
  entries: number;
  /** Whether it hides all that is below it. */
  opaque: boolean;
}

export type ToThread = { job: UnpackJob; available: number } | { available: number };

export type FromThread =
  | { progress: number }
  | { unpacked: UnpackedLayer }
  | { failure: { kind: ErrorKind | undefined; message: string } };
