import { CommandError } from "./command-error.ts";
import { login } from "./login.ts";

/** The commands of `wherry` that speak to a hub. */
const commands: Readonly<Record<string, (args: readonly string[], stop: AbortSignal) => Promise<void>>> = {
  login,
};

// More than once: a terminal sends Ctrl-C to the whole group, and the program above passes it on as well.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());

try {
  const [name = "", ...args] = process.argv.slice(2);
  const command = commands[name];
  if (!command) throw new CommandError(`There is no command "${name}".`, 2);
  await command(args, stop.signal);
} catch (error) {
  if (stop.signal.aborted) {
    process.stderr.write("\nEnded early; nothing was kept.\n");
    process.exitCode = 130;
  } else if (error instanceof CommandError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  } else {
    console.error(error);
    process.exitCode = 1;
  }
}
