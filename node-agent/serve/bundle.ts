import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/**
 * The Worker as one ES module. esbuild's own program is run, and ends: nothing of it stays in the server's memory, and it takes so
 * little time (0.15 s) that its result is not kept.
 *
 * @param root the checkout.
 * @param entry path of the Worker's entry, from there.
 */
export async function bundleWorker(root: string, entry: string): Promise<string> {
  const esbuild = fileURLToPath(import.meta.resolve("esbuild/bin/esbuild"));
  const { stdout } = await promisify(execFile)(esbuild, [entry, ...flags], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** As wrangler bundles for deployment. */
const flags = [
  "--bundle",
  "--format=esm",
  "--target=es2024",
  "--platform=neutral",
  "--main-fields=module,main",
  "--conditions=workerd,worker,import",
  "--external:node:*",
  "--external:cloudflare:*",
  "--log-level=warning",
];
