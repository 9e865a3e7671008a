import { secretVariables } from "./hub-settings.ts";
import { help, readOptions } from "./options.ts";
import { Refusal } from "./refusal.ts";

/** `npm start`, `wherry serve`. */
async function main(): Promise<void> {
  // For workerd too, which writes most of the data directory and asks for no modes of its own.
  process.umask(0o077);
  const stop = new AbortController();
  const force = new AbortController();
  let asked = Infinity;
  const onSignal = () => {
    // A terminal sends Ctrl-C to the whole group, and npm sends it on to us once more: that is one Ctrl-C.
    if (performance.now() > asked + 1000) force.abort();
    asked = Math.min(asked, performance.now());
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);

  const options = readOptions(process.argv.slice(2), process.env);
  if (options === "help") {
    process.stdout.write(`${help}\n`);
    return;
  }
  // They have been read. workerd and all else that is started would be given them, and whoever looks at their environment.
  for (const name of ["WHERRY_ADMIN_TOKEN", ...secretVariables]) delete process.env[name];
  // Only now: miniflare takes a second to load, which --help and a mistyped flag need not wait for.
  const { serve } = await import("./serve.ts");
  await serve(options, stop.signal, force.signal);
  // Requests that were cut off are no success.
  if (force.signal.aborted) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  if (error instanceof Refusal) process.stderr.write(`${error.message}\n`);
  else console.error(error);
  process.exitCode = error instanceof Refusal ? error.exitCode : 1;
}
