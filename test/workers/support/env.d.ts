import type { Env } from "../../../workers/env.ts";
import type worker from "../../../workers/index.ts";

declare global {
  namespace Cloudflare {
    interface Env extends TestEnv {}
    interface GlobalProps {
      mainModule: { default: typeof worker };
    }
  }
  interface TestEnv extends Omit<Env, never> {
    BLOBS: R2Bucket;
    /** workerd's disk service on a temporary directory. */
    DISK_SERVICE: Fetcher;
    MIGRATIONS: { name: string; queries: string[] }[];
    SEARCH_MIGRATIONS: { name: string; queries: string[] }[];
    /** "1": tests do as much as in test/support/thorough.ts. */
    THOROUGH: string;
  }
}
