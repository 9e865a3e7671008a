import { createHmac } from "node:crypto";
import type { Digest } from "../shared/digest.ts";
import { countedDay, dayOf } from "./pull-days.ts";
import type { PullingClient } from "./pull-clients.ts";

/** One pull, in plain values. */
export interface RecordedPull {
  repositoryId: number;
  /** Milliseconds since 1970. */
  at: number;
  client: PullingClient;
  digest: Digest;
  /** Of an index: the manifests it names. */
  members: readonly Digest[];
  /** It says something of another manifest, such as a signature: to get it is no pull of the repository. */
  describes: boolean;
}

interface OpenDay {
  repositoryId: number;
  day: number;
  salt: Uint8Array;
}

/** Counts of one day that are not in the database yet, or not as they are now. */
export interface UnwrittenDay {
  day: number;
  pulls: number;
  /** Clients that have pulls among these, each once. */
  clients: number;
  manifests: { digest: Digest; pulls: number; lastPulledAt: number }[];
}

/** Characters of base64url: 128 bits. */
const hashLength = 22;

/** A client that pulls more manifests of a repository in a day counts for no more. */
const mostOfClient = 1000;

/** No index of an image has more platforms; those behind are counted as if nobody had pulled the index. */
const mostMembers = 200;

/** Pairs of a client and a manifest in one day: some hundred megabytes. What comes then is not counted. */
const mostPairs = 5_000_000;

/** A manifest that is pulled all the time is noted this often, in milliseconds. */
const lastPulledStep = 60_000;

const schema = `
  create table if not exists open_day (
    repository_id integer not null, day integer not null, salt blob not null, pairs integer not null default 0);
  create table if not exists clients (client text primary key, manifests integer not null) without rowid;
  create table if not exists crowds (crowd text primary key, clients integer not null) without rowid;
  create table if not exists pairs (client text not null, manifest integer not null, primary key (client, manifest)) without rowid;
  create table if not exists members (digest text not null, manifest integer not null, primary key (digest, manifest)) without rowid;
  create table if not exists pullers (client text primary key) without rowid;
  create table if not exists day_clients (day integer primary key, clients integer not null default 0);
  create table if not exists days (day integer primary key, pulls integer not null default 0, written integer not null default 0);
  create table if not exists manifests (
    id integer primary key, day integer not null, digest text not null, pulls integer not null default 0,
    last_pulled_at integer not null, written integer not null default -1, written_at integer not null default 0,
    unique (day, digest));
  create index if not exists manifests_unwritten on manifests (day) where pulls <> written or last_pulled_at <> written_at;`;

/**
 * The pulls of one repository, of the day that is open, and counts of earlier days until they are written. A client that pulls the same
 * manifest again on the same day counts once; so does one that pulls an index and then images that it names, though those have their own
 * counts too.
 *
 * Of a client there is only a hash with the day's own salt. When the day is over both go, and nothing tells who pulled.
 */
export class PullLedger {
  readonly #sql: SqlStorage;
  #open: OpenDay | undefined;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(schema);
    const [row] = sql.exec<{ repository_id: number; day: number; salt: ArrayBuffer }>(
      "select repository_id, day, salt from open_day",
    );
    this.#open = row && { repositoryId: row.repository_id, day: row.day, salt: new Uint8Array(row.salt) };
  }

  /** What is open; undefined: there were no pulls yet. */
  get open(): { repositoryId: number; day: number } | undefined {
    return this.#open;
  }

  /** All or nothing of it is kept: nothing in here waits for anything. */
  record(pull: RecordedPull): void {
    const { day, salt } = this.#openDay(pull);
    if (!this.#hasRoom()) return;
    const client = this.#clientOf(pull.client, salt);
    const manifest = this.#manifestOf(day, pull);
    if (!this.#pair(client, manifest)) return;
    const covered = pull.describes || this.#hasIndexOf(client, pull.digest);
    this.#sql.exec("update manifests set pulls = pulls + 1 where id = ?", manifest);
    if (covered) return;
    this.#sql.exec("update days set pulls = pulls + 1 where day = ?", day);
    const first = this.#sql.exec(
      "insert into pullers (client) values (?) on conflict do nothing returning 1",
      client,
    );
    if (first.toArray().length > 0)
      this.#sql.exec(
        `insert into day_clients (day, clients) values (?, 1)
          on conflict do update set clients = clients + 1`,
        day,
      );
  }

  /** What the database does not know, of the earliest such day; at most so many manifests. */
  unwritten(limit: number): UnwrittenDay | undefined {
    const [first] = this.#sql.exec<{ day: number; pulls: number; clients: number }>(
      `select day, pulls, coalesce((select clients from day_clients c where c.day = days.day), 0) as clients from days where pulls <> written or exists (
        select 1 from manifests where manifests.day = days.day and (manifests.pulls <> manifests.written or last_pulled_at <> written_at))
        order by day limit 1`,
    );
    if (!first) return undefined;
    const manifests = this.#sql.exec<{ digest: Digest; pulls: number; lastPulledAt: number }>(
      `select digest, pulls, last_pulled_at as lastPulledAt from manifests
        where day = ? and (pulls <> written or last_pulled_at <> written_at) limit ?`,
      first.day,
      limit,
    );
    return { ...first, manifests: manifests.toArray() };
  }

  /** Notes that the database has these counts. What was counted meanwhile stays unwritten. */
  written({ day, pulls, manifests }: UnwrittenDay): void {
    this.#sql.exec("update days set written = ? where day = ?", pulls, day);
    for (const manifest of manifests)
      this.#sql.exec(
        "update manifests set written = ?, written_at = ? where day = ? and digest = ?",
        manifest.pulls,
        manifest.lastPulledAt,
        day,
        manifest.digest,
      );
  }

  #openDay({ repositoryId, at }: RecordedPull): OpenDay {
    const day = countedDay(this.#open?.day, dayOf(at));
    if (this.#open?.day === day) return this.#open;
    for (const table of ["open_day", "clients", "crowds", "pairs", "members", "pullers"])
      this.#sql.exec(`delete from ${table}`);
    this.#sql.exec(
      "delete from manifests where day <> ? and pulls = written and last_pulled_at = written_at",
      day,
    );
    this.#sql.exec(
      "delete from days where day <> ? and pulls = written and day not in (select day from manifests)",
      day,
    );
    this.#sql.exec("delete from day_clients where day not in (select day from days)");
    const salt = crypto.getRandomValues(new Uint8Array(32));
    this.#sql.exec(
      "insert into open_day (repository_id, day, salt) values (?, ?, ?)",
      repositoryId,
      day,
      salt,
    );
    this.#sql.exec("insert into days (day) values (?) on conflict do nothing", day);
    this.#open = { repositoryId, day, salt };
    return this.#open;
  }

  #hasRoom(): boolean {
    return this.#sql.exec("select 1 from open_day where pairs < ?", mostPairs).toArray().length > 0;
  }

  /** What stands for a client; one of too many of a crowd is the crowd itself. */
  #clientOf({ name, crowd }: PullingClient, salt: Uint8Array): string {
    const hashed = (text: string) =>
      createHmac("sha256", salt).update(text).digest("base64url").slice(0, hashLength);
    const client = hashed(name);
    if (!crowd) return client;
    if (this.#sql.exec("select 1 from clients where client = ?", client).toArray().length > 0) return client;
    const all = hashed(crowd.name);
    const counted = this.#sql.exec(
      `insert into crowds (crowd, clients) values (?, 1)
        on conflict do update set clients = clients + 1 where clients < ? returning 1`,
      all,
      crowd.most,
    );
    return counted.toArray().length > 0 ? client : all;
  }

  #manifestOf(day: number, { at, digest, members }: RecordedPull): number {
    const [known] = this.#sql.exec<{ id: number; last_pulled_at: number }>(
      "select id, last_pulled_at from manifests where day = ? and digest = ?",
      day,
      digest,
    );
    if (known) {
      if (at >= known.last_pulled_at + lastPulledStep)
        this.#sql.exec("update manifests set last_pulled_at = ? where id = ?", at, known.id);
      return known.id;
    }
    const { id } = this.#sql
      .exec<{ id: number }>(
        "insert into manifests (day, digest, last_pulled_at) values (?, ?, ?) returning id",
        day,
        digest,
        at,
      )
      .one();
    for (const member of members.slice(0, mostMembers))
      this.#sql.exec(
        "insert into members (digest, manifest) values (?, ?) on conflict do nothing",
        member,
        id,
      );
    return id;
  }

  /** Whether this is the first time that the client pulls the manifest, and one that counts. */
  #pair(client: string, manifest: number): boolean {
    const known = this.#sql.exec("select 1 from pairs where client = ? and manifest = ?", client, manifest);
    if (known.toArray().length > 0) return false;
    const mayMore = this.#sql.exec(
      `insert into clients (client, manifests) values (?, 1)
        on conflict do update set manifests = manifests + 1 where manifests < ? returning 1`,
      client,
      mostOfClient,
    );
    if (mayMore.toArray().length === 0) return false;
    this.#sql.exec("insert into pairs (client, manifest) values (?, ?)", client, manifest);
    this.#sql.exec("update open_day set pairs = pairs + 1");
    return true;
  }

  /** Whether the client pulled an index today that names this manifest. */
  #hasIndexOf(client: string, digest: Digest): boolean {
    const found = this.#sql.exec(
      `select 1 from members join pairs on pairs.manifest = members.manifest and pairs.client = ?
        where members.digest = ? limit 1`,
      client,
      digest,
    );
    return found.toArray().length > 0;
  }
}
