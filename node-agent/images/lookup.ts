import { parseDigest, type Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import type { Catalog, ImageRow, NameRow } from "./catalog.ts";
import { readConfig } from "./image-manifest.ts";
import { familiarRepository, fullRepository, parseImageName } from "./image-name.ts";

/** An image as plain values. */
export interface Image {
  id: Digest;
  /** Such as `debian:12` and `registry.example/team/app:latest`. */
  tags: string[];
  /** Such as `debian@sha256:…`. */
  digests: string[];
  /** The configuration, as JSON of the image's own. */
  config: Uint8Array;
  architecture: string;
  os: string;
  variant: string | undefined;
  /** RFC 3339. */
  created: string | undefined;
  /** Of all its files, in bytes, also those it shares with other images. */
  size: number;
  diffIds: Digest[];
  /** Milliseconds since 1970. */
  addedAt: number;
  usedAt: number;
  /** When it was given a tag for the last time; 0 without one. */
  taggedAt: number;
}

/** @throws HubError `not-found`, `invalid` for a beginning of several ids. */
export function findImage(catalog: Catalog, reference: string): ImageRow {
  const id = idOf(catalog, reference);
  const row = id === undefined ? undefined : catalog.image(id);
  if (row === undefined) throw noSuchImage(reference);
  return row;
}

/** By full id, then by name, then by the beginning of an id: a name of hexadecimal digits is a name first. */
function idOf(catalog: Catalog, reference: string): Digest | undefined {
  const whole = parseDigest(reference);
  if (whole !== undefined) return whole;
  const prefix = /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(reference)?.[1];
  if (!reference.startsWith("sha256:")) {
    const name = parseImageName(reference);
    const named = catalog.named(fullRepository(name), name.digest ?? name.tag ?? "latest");
    if (named !== undefined) return named;
  }
  const ids = prefix === undefined ? [] : catalog.imagesByPrefix(prefix);
  if (ids.length > 1)
    throw new HubError("invalid", `ambiguous reference: several ids of images begin with ${prefix}`);
  return ids[0];
}

export function viewOf(catalog: Catalog, row: ImageRow): Image {
  const { id, config, diffIds, addedAt, usedAt } = row;
  const { architecture, os, variant, created } = readConfig(config);
  const names = catalog.names(id);
  const size = diffIds.reduce((sum, diffId) => sum + (catalog.layer(diffId)?.size ?? 0), 0);
  const digests = names.filter(isDigest).map(familiarName);
  const tagged = names.filter((name) => !isDigest(name));
  const tags = tagged.map(familiarName);
  const taggedAt = Math.max(0, ...tagged.map(({ at }) => at));
  const times = { addedAt, usedAt, taggedAt };
  return { id, tags, digests, config, architecture, os, variant, created, size, diffIds, ...times };
}

const isDigest = ({ reference }: NameRow): boolean => reference.includes(":");

/** As Docker writes it. */
export function familiarName({ repository, reference }: Pick<NameRow, "repository" | "reference">): string {
  const [host = "", ...rest] = repository.split("/");
  const familiar = familiarRepository({ host, repository: rest.join("/") });
  return `${familiar}${reference.includes(":") ? "@" : ":"}${reference}`;
}

export function noSuchImage(reference: string): HubError {
  const tagged = /[:@]/.test(reference.slice(reference.lastIndexOf("/") + 1));
  return new HubError("not-found", `No such image: ${tagged ? reference : `${reference}:latest`}`);
}
