import { sql } from "kysely";
import { requireAdministrator, type SignedIn } from "../auth/index.ts";
import { hour, minute, second } from "../platform/clock.ts";
import { within } from "../platform/deadline.ts";
import { HubError } from "../shared/errors.ts";
import type { HubContext, Release } from "./context.ts";
import { listRuns, type Run } from "./runs.ts";

/** well: as it should be; care: look at it some time; wrong: something does not work. */
export type HealthState = "well" | "care" | "wrong";

export interface HealthPart {
  name: string;
  state: HealthState;
  /** A sentence. */
  says: string;
}

export interface Health {
  parts: HealthPart[];
  runs: Run[];
  /** The last migration of the database. */
  schema: string;
  release: Release;
}

/** How long the blob store may take, in milliseconds. */
const patience = 5 * second;
/** What waits longer than this waits too long. */
const waitsLong = 15 * minute;
/** Counted no further. */
const manyWait = 1000;
/** Without a stroke for as long as this, the clock has stopped: it strikes every few minutes. */
const silentFor = hour;
/** In a row. */
const manyFailures = 3;

interface Facts {
  schema: string | null;
  locator: string | null;
  undescribed: number;
  undescribedSince: number | null;
  garbage: number;
  garbageSince: number | null;
}

/**
 * How the hub is. Looks at a bounded number of rows, and reads one byte of one blob.
 *
 * @throws HubError `denied` to everybody but administrators.
 */
export async function readHealth(context: HubContext, actor: SignedIn): Promise<Health> {
  requireAdministrator(actor);
  const now = context.clock.now();
  const [facts, runs, others] = await Promise.all([
    readFacts(context),
    listRuns(context),
    Promise.all(context.checks.map(async (check) => check())),
  ]);
  const parts = [
    { name: "Database", state: "well", says: "It answers." } as const,
    await tryBlobStore(context, facts.locator),
    backlogOf("Descriptions of images", facts.undescribed, facts.undescribedSince, now),
    garbage(facts.garbage, facts.garbageSince, now),
    ...others,
    describeClock(runs, now),
    ...runs.map(describeRun).filter((part) => part.state !== "well"),
  ];
  return { parts, runs, schema: facts.schema ?? "unknown", release: context.release };
}

async function readFacts({ db }: HubContext): Promise<Facts> {
  const found = await sql<Facts>`select
    (select name from d1_migrations order by id desc limit 1) as schema,
    (select locator from blobs where size > 0 limit 1) as locator,
    (select count(*) from (select 1 from undescribed_manifests limit ${manyWait + 1})) as undescribed,
    (select min(due_at) from undescribed_manifests) as undescribedSince,
    (select count(*) from (select 1 from garbage limit ${manyWait + 1})) as garbage,
    (select min(since) from garbage) as garbageSince`.execute(db.query);
  const [facts] = found.rows;
  if (!facts) throw new Error("a select without a table gives one row");
  return facts;
}

async function tryBlobStore({ registry }: HubContext, locator: string | null): Promise<HealthPart> {
  const name = "Blob store";
  if (locator === null) return { name, state: "well", says: "Nothing has been stored yet." };
  try {
    await within(readByte(registry, locator), patience, "the blob store");
    return { name, state: "well", says: "It answers." };
  } catch (error) {
    const why = error instanceof HubError ? error.message : "it failed, and the log says why";
    return { name, state: "wrong", says: `A blob cannot be read: ${why}.` };
  }
}

async function readByte({ blobs }: HubContext["registry"], locator: string): Promise<void> {
  const stream = await blobs.read(locator, { offset: 0, length: 1 });
  for await (const _chunk of stream);
}

/** Something that others put there and a job takes away. @param since milliseconds since 1970, of the oldest; null: there is none */
export function backlogOf(name: string, waiting: number, since: number | null, now: number): HealthPart {
  if (waiting === 0 || since === null) return { name, state: "well", says: "Nothing waits." };
  const age = now - since;
  const many = waiting > manyWait ? `More than ${manyWait}` : String(waiting);
  const says = `${many} ${waiting === 1 ? "waits" : "wait"}, the oldest for ${Math.max(0, Math.round(age / minute))} min.`;
  return { name, state: age > waitsLong ? "care" : "well", says };
}

/** Bytes stay for a while behind their row on purpose, so only what is much older is noticed. */
function garbage(waiting: number, since: number | null, now: number): HealthPart {
  const name = "Storage not used any more";
  const { says } = backlogOf(name, waiting, since, now);
  if (waiting === 0) return { name, state: "well", says };
  return {
    name,
    says: `It is cleared after the grace period: ${says}`,
    state: since !== null && now - since > 6 * hour ? "care" : "well",
  };
}

/** Whether the clock strikes at all: whatever it asks for is noted, also what fails. */
export function describeClock(runs: readonly Run[], now: number): HealthPart {
  const name = "Clock";
  const last = Math.max(0, ...runs.flatMap(({ succeededAt, failedAt }) => [succeededAt ?? 0, failedAt ?? 0]));
  if (last === 0) return { name, state: "care", says: "Nothing has run yet: it strikes every five minutes." };
  const silence = now - last;
  return silence > silentFor
    ? {
        name,
        state: "wrong",
        says: `Nothing has run for ${Math.round(silence / minute)} min: look at the cron trigger.`,
      }
    : { name, state: "well", says: "It strikes." };
}

/** How something that runs by itself does. Once is an accident; what fails again and again needs somebody. */
export function describeRun({ name, failures, problem }: Run): HealthPart {
  if (failures === 0) return { name, state: "well", says: "Succeeded." };
  return {
    name,
    state: failures >= manyFailures ? "wrong" : "care",
    says: `Failed ${failures === 1 ? "once" : `${failures} times`} since it last succeeded: ${problem ?? "without a word"}`,
  };
}
