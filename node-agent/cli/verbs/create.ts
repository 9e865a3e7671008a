import { writeFile } from "node:fs/promises";
import { CommandError } from "../command-error.ts";
import type { Daemon } from "../client/daemon.ts";
import { DaemonError } from "../client/daemon-error.ts";
import { verb } from "../line/verb.ts";
import { createBody, type CreateValues } from "../request/create-body.ts";
import { createFlags } from "../request/create-flags.ts";
import { refuse } from "../request/refuse.ts";
import { complain, say } from "../show/print.ts";
import { pullImage } from "./pull.ts";

export const create = verb({
  usage: "[flags] IMAGE [COMMAND] [ARG...]",
  flags: createFlags,
  takes: [1, Infinity],
  passesOn: true,
  offers: ["images", "nothing"],
  examples: [
    ["wherry create --name web -p 8080:80 nginx", "a container that `wherry start web` starts"],
    [
      "wherry create -v /srv/site:/site:ro alpine ls /site",
      "with a folder of this host that it cannot change",
    ],
  ],
  async run({ daemon, flags, args: [image = "", ...command] }) {
    say(await createContainer(daemon, image, command, { ...flags, detached: false }));
  },
});

/**
 * Makes a container, and pulls its image first where it is missing.
 *
 * @returns its id.
 * @throws CommandError of code 125; DaemonError.
 */
export async function createContainer(
  daemon: Daemon,
  image: string,
  command: readonly string[],
  flags: CreateValues & { detached: boolean },
): Promise<string> {
  const { columns, rows } = process.stdout;
  const body = await createBody(image, command, flags, {
    folder: process.cwd(),
    environment: process.env,
    size: process.stdout.isTTY ? [rows, columns] : undefined,
    detached: flags.detached,
  });
  const when = flags.pull ?? "missing";
  if (!["always", "missing", "never"].includes(when))
    throw refuse("--pull", when, "always, missing or never");
  const pulls = () =>
    pullImage(daemon, image, { platform: flags.platform, quiet: flags.quiet, to: process.stderr });
  if (when === "always") await pulls();
  const query = { name: flags.name, platform: flags.platform };
  const make = () =>
    daemon.post<{ Id: string; Warnings: string[] | null }>("/containers/create", query, body);
  const made = await make().catch(async (error: unknown) => {
    if (
      !(error instanceof DaemonError) ||
      error.status !== 404 ||
      when === "never" ||
      !/no such image/i.test(error.message)
    )
      throw error;
    if (!flags.quiet) complain(`Unable to find image '${image}' locally`);
    await pulls();
    return make();
  });
  for (const warning of made.Warnings ?? []) complain(`WARNING: ${warning}`);
  if (flags.cidfile !== undefined)
    await writeFile(flags.cidfile, made.Id, { flag: "wx" }).catch((cause: unknown) => {
      throw new CommandError(
        `the container ID file ${flags.cidfile} cannot be made: ${(cause as Error).message}`,
        125,
        { cause },
      );
    });
  return made.Id;
}
