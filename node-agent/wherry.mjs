#!/usr/bin/env node
// The `wherry` program of a checkout. Any Node runs this file. The servers, which need the checkout's packages, are started on its own
// Node; commands need none, and run right here where this is a Node 24.
import { spawn } from "node:child_process";
import module from "node:module";
import path from "node:path";

const folder = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);

const [command, ...args] = process.argv.slice(2);
if (command === "serve") await run("node-agent/serve/main.ts", args);
else if (command === "agent") await run("node-agent/agent.ts", args);
else if (process.versions.node.startsWith("24.")) {
  module.enableCompileCache(
    process.env.NODE_COMPILE_CACHE ?? path.join(folder, "../node_modules/.cache/node"),
  );
  const { main } = await import("./cli/index.ts");
  await main(process.argv.slice(2));
} else await run("node-agent/cli/main.ts", process.argv.slice(2));

/** Becomes as good as the program: signals go to it, and its exit code is ours. */
async function run(entry, args) {
  const child = spawn("sh", [path.join(folder, "launch.sh"), entry, ...args], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  const [code] = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (...outcome) => resolve(outcome));
  });
  process.exitCode = code ?? 1;
}
