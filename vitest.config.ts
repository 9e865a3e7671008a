import { mkdtempSync, rmSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const blobs = mkdtempSync(path.join(tmpdir(), "wherry-test-blobs-"));
process.once("exit", () => rmSync(blobs, { recursive: true, force: true }));

/** Docker's own clients against the engine: as slow as they are, and with deadlines of their own. */
const clientTests = ["test/node-agent/clients/**/*.test.ts", "test/node-agent/golden/**/*.test.ts"];

export default defineConfig({
  test: {
    projects: [
      {
        // In workerd, with real D1, R2, Durable Objects and queues. Two workers, modules shared between the files of each: many times as fast.
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                SECRET: "a secret of the tests, of thirty-two bytes or more",
                ADMIN_TOKEN: "a token for the tests",
                // No test asks anybody on the Internet.
                BREACHED_PASSWORDS: "off",
                THOROUGH: process.env["WHERRY_TEST_THOROUGH"] ?? "",
                MIGRATIONS: await readMigrations("migrations"),
                SEARCH_MIGRATIONS: await readMigrations("migrations/search"),
              },
              // Nobody works through the queue behind the back of a test: those that are about it hand its messages over themselves.
              queueProducers: { WORK: { queueName: "unattended" } },
              serviceBindings: { DISK_SERVICE: { disk: { path: blobs, writable: true } } },
            },
          }),
        ],
        test: {
          name: "workers",
          include: ["test/workers/**/*.test.ts"],
          setupFiles: ["test/workers/support/setup.ts"],
          isolate: false,
          maxWorkers: 2,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "node-agent",
          include: ["test/*.test.ts", "test/node-agent/**/*.test.ts"],
          exclude: [...clientTests],
          // Beside the tests of the Worker everything takes three times as long.
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        // Real clients against a real server: one file after the other.
        test: {
          name: "together",
          // After the others: these want the machine for themselves.
          sequence: { groupOrder: 1 },
          include: ["test/together/**/*.test.ts", "test/conformance/**/*.test.ts", ...clientTests],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        // A real browser against a real server: one file after the other.
        test: {
          name: "browser",
          sequence: { groupOrder: 2 },
          include: ["test/browser/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

/** The migrations in the shape that `applyD1Migrations` takes: one statement a query. */
async function readMigrations(folder: string): Promise<{ name: string; queries: string[] }[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const sql = (await readFile(path.join(folder, name), "utf8")).replaceAll(/--[^\n]*/g, "");
      return {
        name,
        queries: sql
          .split(/;$/m)
          .map((query) => query.trim())
          .filter(Boolean),
      };
    }),
  );
}
