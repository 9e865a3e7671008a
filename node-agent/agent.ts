import { createHash } from "node:crypto";
import path from "node:path";
import { parseArgs } from "node:util";
import { HubError } from "#shared/errors";
import { Engine } from "./engine/index.ts";
import type { DiskShare } from "./images/index.ts";

const help = `Usage: wherry agent [flags]

Runs the engine on this machine, as root, until Ctrl-C or SIGTERM. Containers go on when it ends.

  --socket <path>      where Docker's remote API is served (default /run/wherry/wherry.sock)
  --data <directory>   where images and containers are kept (default /var/lib/wherry)
  --run <directory>    what a reboot may take away (default: one for each data directory below /run/wherry)
  --images-high <percent>, --images-low <percent>
                       above the first share of the disk (default 85), images that no container has go until it is
                       at the second (default 75), the longest unused first
  --help               this text`;

/** `wherry agent`. @returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  let flags;
  try {
    const text = { type: "string" } as const;
    const options = {
      socket: text,
      data: text,
      run: text,
      "images-high": text,
      "images-low": text,
      help: { type: "boolean" },
    } as const;
    flags = parseArgs({ args: [...args], options }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return 2;
  }
  if (flags.help) {
    console.log(help);
    return 0;
  }
  if (process.getuid?.() !== 0) {
    console.error("The engine mounts and makes namespaces: start it as root.");
    return 1;
  }
  const stopped = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopped.resolve());
  const data = path.resolve(flags.data ?? "/var/lib/wherry");
  const socket = path.resolve(flags.socket ?? "/run/wherry/wherry.sock");
  const run = flags.run ?? `/run/wherry/${createHash("sha256").update(data).digest("hex").slice(0, 12)}`;
  const share = shareOf(flags["images-high"], flags["images-low"]);
  if (share === undefined) {
    console.error(
      "--images-high and --images-low are percentages from 1 to 100, the low one below the high one.",
    );
    return 2;
  }
  try {
    await using _engine = await Engine.open({
      socket,
      data,
      run,
      share,
      onComplaint: (sentence) => console.error(sentence),
    });
    console.log(`Listening on ${socket}. Try: docker -H unix://${socket} info`);
    await stopped.promise;
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    console.error(error.message);
    return 1;
  }
  return 0;
}

/** @returns undefined for what are no marks. */
function shareOf(high = "85", low = String(Math.max(1, Number(high) - 10))): DiskShare | undefined {
  const share = { high: Number(high), low: Number(low) };
  const valid = (percent: number) => Number.isInteger(percent) && percent >= 1 && percent <= 100;
  return valid(share.high) && valid(share.low) && share.low < share.high ? share : undefined;
}

process.exitCode = await main(process.argv.slice(2));
