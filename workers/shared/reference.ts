import { parseDigest, type Digest } from "./digest.ts";

/**
 * Repository names and tags, by the grammar of the OCI Distribution Specification ("Pulling manifests").
 */
const repositoryName = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagName = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** The longest repository name that every client accepts. */
export const maximumNameLength = 255;

export function isRepositoryName(text: string): boolean {
  return text.length <= maximumNameLength && repositoryName.test(text);
}

export function isTag(text: string): boolean {
  return tagName.test(text);
}

/** What stands after `/manifests/`: a tag or a digest. */
export type Reference = { tag: string } | { digest: Digest };

/** The reference that `text` spells; undefined when it is neither a tag nor a digest this registry verifies. */
export function parseReference(text: string): Reference | undefined {
  const digest = parseDigest(text);
  if (digest) return { digest };
  return isTag(text) ? { tag: text } : undefined;
}
