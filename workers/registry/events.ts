import type { Digest } from "../shared/digest.ts";
import type { StoredManifest } from "./manifest-cache.ts";

/**
 * What others learn of the registry's work: the registry may not call what is built on it. Each is told behind the answer to the client,
 * who waits for none of it; what throws is logged, and has no other consequence.
 */
export interface RegistryEvents {
  /** A manifest was stored and tags were moved to it. */
  pushed(push: Push): Promise<unknown>;
  /**
   * A client got the bytes of a manifest; to ask by HEAD is no pull, and neither is what the hub itself reads. undefined: there is
   * nothing to wait for.
   */
  pulled(pull: Pull): Promise<unknown> | undefined;
}

interface Push {
  repositoryId: number;
  /** As it was called at the push. */
  name: string;
  digest: Digest;
  tags: readonly string[];
}

export interface Pull {
  repositoryId: number;
  manifest: StoredManifest;
  /** undefined: it was asked for by its digest. */
  tag: string | undefined;
  /** `Access.subject` */
  subject: string;
  /** `Access.account` */
  account: string | undefined;
  request: Request;
}

/** Tells of something behind the answer; the answer is the same whatever comes of that. */
export function announce(
  { background }: { background: (work: Promise<unknown>) => void },
  tell: () => Promise<unknown> | undefined,
): void {
  try {
    const told = tell();
    if (told) background(told);
  } catch (error) {
    background(Promise.reject(error));
  }
}

/** For a registry that nobody listens to. */
export const noEvents: RegistryEvents = {
  pushed: async () => {},
  pulled: () => undefined,
};
