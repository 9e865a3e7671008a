import { sql, type RawBuilder } from "kysely";
import type { Digest } from "../shared/digest.ts";
import type { HoldLayer, Platform } from "./facts.ts";

/** An image for one platform, as lists show it. */
export interface PlatformImage extends Platform {
  digest: Digest;
  /** Bytes of configuration and layers; 0 as long as it is not described. */
  size: number;
  layers: HoldLayer[];
  /** Milliseconds since 1970; null: never. */
  lastPulledAt: number | null;
  /** Why its configuration could not be read. */
  unreadable: string | null;
  /** Whether it has been looked into yet. */
  described: boolean;
  /** Whether the repository has it: an index may name what is elsewhere. */
  present: boolean;
}

/** Platforms of one index that are listed. */
const maximumPlatforms = 50;

/**
 * SQL for the platforms of an image or index as JSON, read by `readPlatforms`. An index names platforms on its own; where it says
 * nothing, its images do. Attestations are no platforms.
 *
 * @param image the alias of `images`, whose row may be missing
 * @param digest the column with the digest
 */
export function platformsOf(repositoryId: number, image: string, digest: string): RawBuilder<string> {
  const [of, named] = [sql.ref(image), sql.ref(digest)];
  const pulled = (which: RawBuilder<unknown>) =>
    sql`(select last_pulled_at from manifest_pulls where repository_id = ${repositoryId} and digest = ${which})`;
  const described = (row: RawBuilder<unknown>) =>
    sql`'size', ${row}.size, 'hold', json(${row}.hold), 'unreadable', ${row}.unreadable`;
  return sql<string>`iif(${of}.kind = 'index',
    (select json_group_array(json_object(
        'os', coalesce(nullif(said ->> 'os', ''), child.os, ''),
        'architecture', coalesce(nullif(said ->> 'architecture', ''), child.architecture, ''),
        'variant', coalesce(nullif(said ->> 'variant', ''), child.variant, ''),
        'osVersion', coalesce(nullif(said ->> 'osVersion', ''), child.os_version, ''),
        'digest', said ->> 'digest', ${described(sql`child`)},
        'lastPulledAt', ${pulled(sql`said ->> 'digest'`)},
        'present', exists (select 1 from manifests where repository_id = ${repositoryId} and digest = said ->> 'digest')))
      from (select value as said from json_each(${of}.children)
        where value ->> 'attests' is null and value ->> 'os' <> 'unknown' limit ${maximumPlatforms})
      left join images child on child.repository_id = ${repositoryId} and child.digest = said ->> 'digest'),
    json_array(json_object(
      'os', coalesce(${of}.os, ''), 'architecture', coalesce(${of}.architecture, ''),
      'variant', coalesce(${of}.variant, ''), 'osVersion', coalesce(${of}.os_version, ''),
      'digest', ${named}, ${described(of)}, 'lastPulledAt', ${pulled(named)}, 'present', 1)))`;
}

interface PlatformRow extends Platform {
  digest: Digest;
  size: number | null;
  hold: [string, number][] | null;
  lastPulledAt: number | null;
  unreadable: string | null;
  present: 0 | 1;
}

export function readPlatforms(json: string): PlatformImage[] {
  return (JSON.parse(json) as PlatformRow[]).map(({ hold, ...row }) => ({
    ...row,
    size: row.size ?? 0,
    layers: (hold ?? []).map(([digest, size]) => ({ digest, size })),
    described: hold !== null,
    present: row.present === 1,
  }));
}

/** "linux/arm/v7", as people write it in `--platform`. */
export function platformName({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join("/");
}

/**
 * SQL for the digest of the image that somebody means: of an index the one for the platform that they name, with or without its variant;
 * else the one that most people run, else the first. An image, and an artifact, is meant whatever they name.
 *
 * @param image the alias of `images`
 */
export function chosenImage(
  repositoryId: number,
  image: string,
  wanted: string | undefined,
): RawBuilder<Digest | null> {
  const of = sql.ref(image);
  const [os, architecture, variant] = ["os", "architecture", "variant"].map(
    (part) => sql`coalesce(nullif(said ->> ${part}, ''), child.${sql.ref(part)}, '')`,
  );
  const short = sql`${os} || '/' || ${architecture}`;
  const whole = sql`${short} || iif(${variant} = '', '', '/' || ${variant})`;
  const [fits, best] =
    wanted === undefined
      ? [sql`1`, sql`${short} = 'linux/amd64'`]
      : [sql`${wanted} in (${short}, ${whole})`, sql`${whole} = ${wanted}`];
  return sql<Digest | null>`iif(${of}.kind = 'index',
    (select said ->> 'digest' from (select key, value as said from json_each(${of}.children)
        where value ->> 'attests' is null and value ->> 'os' <> 'unknown' limit ${maximumPlatforms})
      left join images child on child.repository_id = ${repositoryId} and child.digest = said ->> 'digest'
      where ${fits} order by ${best} desc, key limit 1),
    ${of}.digest)`;
}
