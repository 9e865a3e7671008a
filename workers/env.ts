import type { MailJob } from "./accounts/index.ts";
import type { AttemptsObject } from "./platform/attempts-object.ts";
import type { PullsObject } from "./hub/pulls-object.ts";
import type { RepositoryObject } from "./registry/repository-object.ts";
import type { UploadObject } from "./registry/upload-object.ts";

/** Everything the Worker is bound to. Only `services.ts` and the Durable Objects' constructors read it. */
export interface Env {
  DB: D1Database;
  /** The search index: made from DB, and can be made again. */
  SEARCH: D1Database;
  /** Blob store at the edge. One of BLOBS and DISK is bound. */
  BLOBS?: R2Bucket;
  /** Blob store of the embedded server: workerd's disk service. */
  DISK?: Fetcher;
  UPLOADS: DurableObjectNamespace<UploadObject>;
  REPOSITORIES: DurableObjectNamespace<RepositoryObject>;
  ATTEMPTS: DurableObjectNamespace<AttemptsObject>;
  PULLS: DurableObjectNamespace<PullsObject>;
  WORK: Queue<WorkMessage>;
  /** Of Cloudflare only: which deployment this is. */
  BUILD?: WorkerVersionMetadata;
  /** At least 32 random bytes, base64url: pepper of access tokens, and the key that seals signing keys. */
  SECRET: string;
  /** First access token of the user `admin`; read once, while there is no user. */
  ADMIN_TOKEN?: string;
  PUBLIC_URL?: string;
  /** Addresses with commas between: issuers of CI id_tokens besides GitHub and GitLab. */
  FEDERATION_ISSUERS?: string;
  GARBAGE_GRACE_SECONDS?: string;
  /** How the address of a client is known: cloudflare, proxy or unknown (platform/client-address.ts). */
  CLIENT_ADDRESS?: string;
  /** The accounts of people (accounts/settings.ts, accounts/providers.ts). */
  SIGN_UP?: string;
  BREACHED_PASSWORDS?: string;
  PASSWORD_PEPPER?: string;
  MAIL_URL?: string;
  MAIL_FROM?: string;
  GITHUB_CLIENT_ID?: string;
  GITHUB_CLIENT_SECRET?: string;
  GITLAB_CLIENT_ID?: string;
  GITLAB_CLIENT_SECRET?: string;
  GOOGLE_CLIENT_ID?: string;
  GOOGLE_CLIENT_SECRET?: string;
  OIDC_ISSUER?: string;
  OIDC_CLIENT_ID?: string;
  OIDC_CLIENT_SECRET?: string;
}

/** What can wait: carried by the queue, at least once. */
export type WorkMessage =
  | { type: "collect-garbage" | "describe-images" | "index-search" }
  | { type: "refresh-readme"; repositoryId: number }
  | MailJob;
