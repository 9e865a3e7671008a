import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { periodOf } from "../../../node-agent/serve/cron.ts";
import { readWranglerSettings } from "../../../node-agent/serve/wrangler-settings.ts";
import { TemporaryFolder } from "./support/temporary-folder.ts";

test("the embedded server binds what wrangler.toml binds, and the disk in place of R2", async () => {
  const settings = await readWranglerSettings(".");
  const bound = [
    ...Object.keys(settings.vars),
    ...settings.d1_databases.map((each) => each.binding),
    ...settings.durable_objects.bindings.map((each) => each.name),
    ...settings.queues.producers.map((each) => each.binding),
    // Bound by serve/workerd.ts; the others are secrets, which wrangler.toml does not hold.
    "DISK",
    "SECRET",
    "ADMIN_TOKEN",
    "PASSWORD_PEPPER",
    "MAIL_URL",
    "GITHUB_CLIENT_SECRET",
    "GITLAB_CLIENT_SECRET",
    "GOOGLE_CLIENT_SECRET",
    "OIDC_CLIENT_SECRET",
  ];
  const declared = [...(await readFile("workers/env.ts", "utf8")).matchAll(/^ {2}([A-Z_]+)\??:/gm)].map(
    ([, name]) => name,
  );
  const atTheEdge = new Set(["BLOBS", "BUILD"]);
  expect(new Set(bound)).toEqual(new Set(declared.filter((name) => !atTheEdge.has(name ?? ""))));
});

test("every Durable Object has a migration of its class, and every queue that is written is read", async () => {
  const { durable_objects, migrations, queues } = await readWranglerSettings(".");
  const classes = migrations.flatMap((each) => each.new_sqlite_classes);
  expect(new Set(durable_objects.bindings.map((each) => each.class_name))).toEqual(new Set(classes));
  expect(queues.consumers.map((each) => each.queue)).toEqual(queues.producers.map((each) => each.queue));
});

test("every schedule is one that the embedded server can keep", async () => {
  const { triggers } = await readWranglerSettings(".");
  expect(triggers.crons.map(periodOf)).toEqual([300_000]);
  expect(() => periodOf("0 3 * * 1")).toThrow(/"0 3 \* \* 1"/);
});

test("a setting this server does not know of stops it, so that the two cannot drift apart", async () => {
  await using folder = await TemporaryFolder.make();
  const text = `${await readFile("wrangler.toml", "utf8")}\n[[kv_namespaces]]\nbinding = "CACHE"\nid = "1"\n`;
  await writeFile(path.join(folder.path, "wrangler.toml"), text);
  await expect(readWranglerSettings(folder.path)).rejects.toThrow(/kv_namespaces/);
});
