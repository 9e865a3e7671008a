import { parseDigest, type Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { isRepositoryName, isTag } from "#shared/reference";

/** An image as people name it, with all that they leave away. */
export interface ImageName {
  /** `docker.io` for names without a host. */
  host: string;
  /** With `library/` for docker.io's names of one part. */
  repository: string;
  /** `latest` where neither tag nor digest is given. */
  tag: string | undefined;
  digest: Digest | undefined;
}

const defaultHost = "docker.io";

/** @throws HubError `invalid` when it is no name of an image. */
export function parseImageName(text: string): ImageName {
  const at = text.indexOf("@");
  const digest = at < 0 ? undefined : parseDigest(text.slice(at + 1));
  if (at >= 0 && digest === undefined)
    throw invalid(text, "what stands behind @ is no sha256 or sha512 digest");
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.lastIndexOf("/");
  const tag = tagged ? named.slice(colon + 1) : undefined;
  const path = tagged ? named.slice(0, colon) : named;
  if (tag !== undefined && !isTag(tag)) throw invalid(text, `"${tag}" is no tag`);
  const { host, repository } = splitHost(path);
  if (!isRepositoryName(repository))
    throw invalid(text, "names have lower-case letters, digits, and single . _ - between them");
  if (!/^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:[0-9]{1,5})?$/i.test(host))
    throw invalid(text, `"${host}" is no host`);
  return { host, repository, tag: tag ?? (digest === undefined ? "latest" : undefined), digest };
}

/** As Docker writes names: without `docker.io` and `library/`. */
export function familiarRepository({ host, repository }: Pick<ImageName, "host" | "repository">): string {
  if (host !== defaultHost) return `${host}/${repository}`;
  return repository.replace(/^library\/(?=[^/]+$)/, "");
}

/** The name in full, without tag and digest, as the store knows it. */
export function fullRepository({ host, repository }: Pick<ImageName, "host" | "repository">): string {
  return `${host}/${repository}`;
}

function splitHost(path: string): { host: string; repository: string } {
  const slash = path.indexOf("/");
  const first = path.slice(0, Math.max(slash, 0));
  // What has a dot, a port or capitals, or is "localhost", cannot be a namespace.
  if (/[.:]/.test(first) || first === "localhost" || (first !== "" && first !== first.toLowerCase())) {
    const repository = path.slice(slash + 1);
    if (first !== defaultHost && first !== "index.docker.io") return { host: first, repository };
    return splitHost(repository);
  }
  return { host: defaultHost, repository: path.includes("/") ? path : `library/${path}` };
}

function invalid(text: string, reason: string): HubError {
  return new HubError(
    "invalid",
    `invalid reference format: "${text.slice(0, 300)}" is no name of an image: ${reason}`,
  );
}
