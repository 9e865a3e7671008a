import type { RepositoryObject } from "./registry/repository-object.ts";
import type { UploadObject } from "./registry/upload-object.ts";

/** Everything the Worker is bound to. Only `services.ts` and the Durable Objects' constructors read it. */
export interface Env {
  DB: D1Database;
  /** Blob store at the edge. One of BLOBS and DISK is bound. */
  BLOBS?: R2Bucket;
  /** Blob store of the embedded server: workerd's disk service. */
  DISK?: Fetcher;
  UPLOADS: DurableObjectNamespace<UploadObject>;
  REPOSITORIES: DurableObjectNamespace<RepositoryObject>;
  WORK: Queue<WorkMessage>;
  /** At least 32 random bytes, base64url: pepper of access tokens, and the key that seals signing keys. */
  SECRET: string;
  /** First access token of the user `admin`; read once, while there is no user. */
  ADMIN_TOKEN?: string;
  PUBLIC_URL?: string;
  GARBAGE_GRACE_SECONDS?: string;
}

/** What can wait: carried by the queue, at least once. */
export type WorkMessage = { type: "collect-garbage" };
