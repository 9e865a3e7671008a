import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "smol-toml";
import { z } from "zod";

const database = z.strictObject({
  binding: z.string(),
  database_name: z.string(),
  database_id: z.string(),
  migrations_dir: z.string(),
});

/**
 * What wrangler.toml says of the Worker. The embedded server takes names, dates and limits from there, so that the two ways to run
 * the Worker cannot drift apart. The schema is strict for the same reason: a setting that this server does not know of is refused,
 * not left out in silence.
 */
const schema = z.strictObject({
  name: z.string(),
  main: z.string(),
  compatibility_date: z.string(),
  compatibility_flags: z.array(z.string()).default([]),
  vars: z.record(z.string(), z.string()),
  // The main one first.
  d1_databases: z.tuple([database], database),
  durable_objects: z.strictObject({
    bindings: z.array(z.strictObject({ name: z.string(), class_name: z.string() })),
  }),
  migrations: z.array(z.strictObject({ tag: z.string(), new_sqlite_classes: z.array(z.string()) })),
  queues: z.strictObject({
    producers: z.array(z.strictObject({ binding: z.string(), queue: z.string() })),
    consumers: z.array(
      z.strictObject({
        queue: z.string(),
        max_batch_size: z.int(),
        max_batch_timeout: z.int(),
        max_retries: z.int(),
        dead_letter_queue: z.string(),
      }),
    ),
  }),
  triggers: z.strictObject({ crons: z.array(z.string()) }),

  // Of Cloudflare only: deployments have names there, blobs are on the disk here, nobody counts processor time, and logs go to the terminal.
  r2_buckets: z.unknown().optional(),
  limits: z.unknown().optional(),
  observability: z.unknown().optional(),
  workers_dev: z.unknown().optional(),
  routes: z.unknown().optional(),
  version_metadata: z.unknown().optional(),
});

export type WranglerSettings = z.infer<typeof schema>;

/** @param root the checkout. @throws ZodError naming the setting that is new or malformed. */
export async function readWranglerSettings(root: string): Promise<WranglerSettings> {
  return schema.parse(parse(await readFile(path.join(root, "wrangler.toml"), "utf8")));
}
