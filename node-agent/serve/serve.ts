import path from "node:path";
import { reachable, refuseBusy, waitUntilHealthy } from "./address.ts";
import { bundleWorker } from "./bundle.ts";
import { runCron } from "./cron.ts";
import { removeEmptyObjects } from "./empty-objects.ts";
import { ServerDirectory } from "./server-directory.ts";
import { confirmFirstToken, firstToken, type FirstToken } from "./first-start.ts";
import { greeting, warning } from "./greeting.ts";
import { applyMigrations, readMigrations, type Migration } from "./migrations.ts";
import type { ServeOptions } from "./options.ts";
import { Workerd, type WorkerdSetup } from "./workerd.ts";
import { readWranglerSettings, type WranglerSettings } from "./wrangler-settings.ts";

/** The checkout. */
const root = path.resolve(import.meta.dirname, "../..");

/** How long requests may still run after the first signal to stop, in milliseconds. */
const patience = 15_000;

/**
 * Runs the server until `stop` aborts.
 *
 * @param force aborts when what still runs is not to be waited for.
 * @throws Refusal for what the person who started it can put right.
 */
export async function serve(options: ServeOptions, stop: AbortSignal, force: AbortSignal): Promise<void> {
  const settings = await readWranglerSettings(root);
  const databases = await readDatabases(settings);
  const directory = await ServerDirectory.open(
    options.data,
    databases.main.migrations.map(({ name }) => name),
  );
  try {
    await refuseBusy(options);
    await removeEmptyObjects(directory.state);
    const first = await firstToken(directory, options.adminToken);
    const lost = Promise.withResolvers<never>();
    const setup: WorkerdSetup = {
      settings,
      source: await bundleWorker(root, settings.main),
      directory,
      variables: await variables(options, directory, first?.text),
      address: { host: options.host, port: options.port },
      log: (line) => process.stderr.write(`${line}\n`),
      onLost: lost.reject,
    };
    await migrate(setup, databases);
    const workerd = await Workerd.start(setup);
    try {
      await Promise.race([
        run(workerd, settings.triggers.crons, options, directory, first, stop),
        lost.promise,
      ]);
    } finally {
      await finish(workerd, force);
    }
  } finally {
    await directory.release();
  }
}

/** A database of the Worker, and how it comes to be as the Worker expects it. */
interface MigratedDatabase {
  binding: string;
  migrations: Migration[];
}

/** The main database, and those beside it. */
interface MigratedDatabases {
  main: MigratedDatabase;
  others: MigratedDatabase[];
}

async function readDatabases({ d1_databases }: WranglerSettings): Promise<MigratedDatabases> {
  const read = async ({ binding, migrations_dir }: (typeof d1_databases)[number]) => ({
    binding,
    migrations: await readMigrations(path.join(root, migrations_dir)),
  });
  const [main, ...others] = d1_databases;
  return { main: await read(main), others: await Promise.all(others.map(read)) };
}

/** Brings the databases up to this version before anybody can connect. */
async function migrate(setup: WorkerdSetup, { main, others }: MigratedDatabases): Promise<void> {
  const { directory } = setup;
  const latest = lastOf(main);
  const latestOfOthers = Object.fromEntries(others.map((each) => [each.binding, lastOf(each)]));
  if (directory.hasMigrations(latest, latestOfOthers)) return;
  const workerd = await Workerd.start({ ...setup, address: undefined });
  try {
    for (const { binding, migrations } of [main, ...others])
      await applyMigrations(await workerd.database(binding), migrations);
  } finally {
    await workerd.stop(AbortSignal.timeout(patience));
  }
  await directory.setMigrations(latest, latestOfOthers);
}

function lastOf({ migrations }: MigratedDatabase): string {
  return migrations.at(-1)?.name ?? "";
}

async function variables(
  { publicUrl, garbageGrace, behindProxy, hub }: ServeOptions,
  directory: ServerDirectory,
  adminToken: string | undefined,
): Promise<Record<string, string>> {
  return {
    ...hub,
    // Whatever a client says of itself counts for nothing (workers/platform/client-address.ts).
    CLIENT_ADDRESS: behindProxy ? "proxy" : "unknown",
    SECRET: await directory.secret(),
    ...(adminToken === undefined ? {} : { ADMIN_TOKEN: adminToken }),
    ...(publicUrl === undefined ? {} : { PUBLIC_URL: publicUrl }),
    ...(garbageGrace === undefined ? {} : { GARBAGE_GRACE_SECONDS: garbageGrace }),
  };
}

/** Says when the server is ready, and then keeps its clock until it is told to stop. */
async function run(
  workerd: Workerd,
  crons: readonly string[],
  options: ServeOptions,
  directory: ServerDirectory,
  first: FirstToken | undefined,
  stop: AbortSignal,
): Promise<void> {
  const address = { host: options.host, port: await workerd.port() };
  await directory.announce(`The server with process id ${process.pid}, on http://${reachable(address)},`);
  await waitUntilHealthy(address, stop);
  if (stop.aborted) return;
  const caution = warning(address);
  if (caution !== undefined) process.stderr.write(`${caution}\n`);
  process.stdout.write(`${greeting(address, directory.path, first, options.publicUrl)}\n`);
  await confirmFirstToken(directory);
  await Promise.all(crons.map((cron) => runCron(cron, () => workerd.runSchedule(cron), stop)));
}

/** Stops, and says so when that takes long enough to wonder about. */
async function finish(workerd: Workerd, force: AbortSignal): Promise<void> {
  const notice = setTimeout(() => {
    process.stderr.write(
      `Finishing what runs, for ${patience / 1000} s at most. Ctrl-C again stops at once.\n`,
    );
  }, 1500);
  const finished = await workerd.stop(AbortSignal.any([force, AbortSignal.timeout(patience)]));
  clearTimeout(notice);
  process.stderr.write(finished ? "Wherry has stopped.\n" : "Wherry has stopped; requests were cut off.\n");
}
