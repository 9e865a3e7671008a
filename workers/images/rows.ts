import { sql, type CompiledQuery, type RawBuilder } from "kysely";
import type { Database } from "../db/index.ts";
import type { Digest } from "../shared/digest.ts";
import { unreadableFacts } from "./describe.ts";
import type { Facts, HoldLayer, Layer } from "./facts.ts";

/** What one row may take, in bytes of JSON: D1 refuses rows of 2 MB. */
const maximumRow = 1_500_000;

/** So many segments a bar has at most; what is behind them is one. */
const maximumHold = 40;

/** Chain ids that are kept of one image, besides that of all its layers; hardly a tool makes more layers. */
const maximumDepth = 128;

/** Indexes around an image whose sizes follow it, when it is described after them. */
const maximumParents = 100;

interface Place {
  repositoryId: number;
  digest: Digest;
  at: number;
}

/** The statements that keep the facts of a manifest; they change nothing when it is gone, or when more is known already. */
export function keepFacts(db: Database, { repositoryId, digest, at }: Place, facts: Facts): CompiledQuery[] {
  const row = rowOf(facts);
  const of = sql`repository_id = ${repositoryId}`;
  const isThere = sql`exists (select 1 from manifests where ${of} and digest = ${digest})`;
  const columns = Object.keys(row);
  const chains = facts.chains.flatMap((chain, index) => {
    const whole = index + 1 === facts.chains.length;
    return whole || index < maximumDepth ? [{ depth: index + 1, chain, whole: whole ? 1 : 0 }] : [];
  });
  const around = sql`select ${digest} union all select * from (select manifest from manifest_references
      where ${of} and target = ${digest} limit ${maximumParents})`;
  return [
    sql`insert into images (repository_id, digest, described_at, ${names(columns)})
        select ${repositoryId}, ${digest}, ${at}, ${sql.join(Object.values(row))} where ${isThere}
        on conflict (repository_id, digest) do update set described_at = excluded.described_at,
          ${sql.join(columns.map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`))}
        where images.unreadable is not null`.compile(db.query),
    sql`insert into image_chains (repository_id, digest, depth, chain, whole)
        select ${repositoryId}, ${digest}, value ->> 'depth', value ->> 'chain', value ->> 'whole'
        from json_each(${JSON.stringify(chains)}) where ${isThere} on conflict do nothing`.compile(db.query),
    // The size of an index is that of the images in it, whichever was described first.
    sql`update images set size = (select cast(min(total(child.size), ${Number.MAX_SAFE_INTEGER}) as integer)
          from manifest_references reference
          join images child on child.repository_id = ${repositoryId} and child.digest = reference.target and child.kind = 'image'
          where reference.repository_id = ${repositoryId} and reference.manifest = images.digest)
        where ${of} and digest in (${around}) and kind = 'index'`.compile(db.query),
    sql`update tags set size = (select size from images where ${of} and images.digest = tags.digest)
        where ${of} and digest in (${around}) and exists (select 1 from images where ${of} and images.digest = tags.digest)`.compile(
      db.query,
    ),
  ];
}

/** The columns of a row, without its key. */
function rowOf(facts: Facts): Record<string, string | number | null> {
  const { platform, config, unreadable } = facts;
  const row = {
    kind: facts.kind,
    os: platform?.os ?? null,
    architecture: platform?.architecture ?? null,
    variant: platform?.variant ?? null,
    os_version: platform?.osVersion ?? null,
    size: facts.size,
    config_digest: facts.configDigest ?? null,
    made_at: facts.madeAt ?? null,
    layers: JSON.stringify(facts.layers),
    hold: JSON.stringify(holdOf(facts.layers).map(({ digest, size }) => [digest, size])),
    history: JSON.stringify(facts.history),
    config: JSON.stringify(config ?? null),
    annotations: JSON.stringify(facts.annotations),
    children: JSON.stringify(facts.children),
    carries: JSON.stringify(facts.carries),
    unreadable: unreadable ?? null,
  };
  const bytes = new TextEncoder().encode(JSON.stringify(row)).byteLength;
  return bytes > maximumRow ? rowOf(unreadableFacts("it says more than can be kept")) : row;
}

/** The layers as a bar shows them. */
function holdOf(layers: readonly Layer[]): HoldLayer[] {
  const short = layers.map(({ digest, size }) => ({
    digest: digest.slice(0, digest.indexOf(":") + 17),
    size,
  }));
  if (short.length <= maximumHold) return short;
  const rest = short.slice(maximumHold - 1).reduce((sum, { size }) => sum + size, 0);
  return [...short.slice(0, maximumHold - 1), { digest: "", size: rest }];
}

function names(columns: readonly string[]): RawBuilder<unknown> {
  return sql.join(columns.map((name) => sql.ref(name)));
}
