import path from "node:path";
import { Miniflare } from "miniflare";
import { bundleWorker } from "../node-agent/serve/bundle.ts";
import { readWranglerSettings } from "../node-agent/serve/wrangler-settings.ts";

const root = path.resolve(import.meta.dirname, "..");

/** What one search took (worker/search.ts). */
export interface Taken {
  time: number;
  rows: number;
}

/** bench/worker/search.ts on the databases of a stopped server. */
export class SearchWorker implements AsyncDisposable {
  readonly #miniflare: Miniflare;
  readonly #url: URL;

  private constructor(miniflare: Miniflare, url: URL) {
    this.#miniflare = miniflare;
    this.#url = url;
  }

  /** @param data the server's data directory */
  static async open(data: string): Promise<SearchWorker> {
    const settings = await readWranglerSettings(root);
    const objects = settings.durable_objects.bindings;
    const miniflare = new Miniflare({
      cf: false,
      enableDevRegistry: false,
      telemetry: { enabled: false },
      resourcePersistencePath: path.join(data, "state"),
      workers: [
        {
          config: {
            name: settings.name,
            compatibilityDate: settings.compatibility_date,
            manifest: {
              mainModule: "index.js",
              modulesRoot: data,
              modules: {
                "index.js": { type: "esm", contents: await bundleWorker(root, "bench/worker/search.ts") },
              },
            },
            env: {
              ...Object.fromEntries(
                Object.entries(settings.vars).map(([key, value]) => [key, { type: "text" as const, value }]),
              ),
              SECRET: { type: "text", value: "a secret of the benchmark, of thirty-two bytes or more" },
              ...Object.fromEntries(
                settings.d1_databases.map((each) => [
                  each.binding,
                  { type: "d1" as const, id: each.database_name },
                ]),
              ),
              ...Object.fromEntries(
                objects.map((each) => [
                  each.name,
                  { type: "durable-object" as const, worker: settings.name, exportName: each.class_name },
                ]),
              ),
              ...Object.fromEntries(
                settings.queues.producers.map((each) => [
                  each.binding,
                  { type: "queue" as const, name: each.queue },
                ]),
              ),
              DISK: { type: "disk", path: path.join(data, "blobs"), writable: true },
            },
            exports: Object.fromEntries(
              objects.map((each) => [
                each.class_name,
                { type: "durable-object" as const, storage: "sqlite" as const },
              ]),
            ),
          },
        },
      ],
    });
    return new SearchWorker(miniflare, await miniflare.ready);
  }

  async ask(what: "search" | "suggest", text: string): Promise<Taken> {
    const response = await fetch(
      new URL(`/${what}?${new URLSearchParams({ q: text }).toString()}`, this.#url),
    );
    if (!response.ok) throw new Error(`${what} "${text}": ${response.status} ${await response.text()}`);
    return (await response.json()) as Taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#miniflare.dispose();
  }
}
