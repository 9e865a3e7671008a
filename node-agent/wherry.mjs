#!/usr/bin/env node
// The `wherry` program of a checkout. Any Node runs this file; what it starts runs on the checkout's own.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

const folder = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);

const help = `Usage: wherry <command> [flags]

  serve        run the registry on this machine (wherry serve --help)
  agent        run the engine on this machine (wherry agent --help)
  login        sign docker or podman in to a hub by the browser
               (wherry login --help)
  --version    print the version
  --help       print this text`;

const [command, ...args] = process.argv.slice(2);
switch (command) {
  case "serve":
    await run("node-agent/serve/main.ts", args);
    break;
  case "agent":
    await run("node-agent/agent.ts", args);
    break;
  case "login":
    await run("node-agent/cli/main.ts", [command, ...args]);
    break;
  case "--version":
    console.log(JSON.parse(readFileSync(path.join(folder, "../package.json"), "utf8")).version);
    break;
  case undefined:
  case "help":
  case "--help":
  case "-h":
    console.log(help);
    break;
  default:
    console.error(`There is no command "${command}". \`wherry --help\` lists what there is.`);
    process.exitCode = 2;
}

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
