import { readFile } from "node:fs/promises";
import { CommandError } from "../command-error.ts";
import type { Values } from "../line/flags.ts";
import type { createFlags } from "./create-flags.ts";
import { environmentOf, linesOf } from "./environment.ts";
import { mapOf } from "./fields.ts";
import { healthOf } from "./health.ts";
import { hostConfigOf } from "./host-config.ts";
import { parseNetworks } from "./networks.ts";
import { parseExposed, parsePublished } from "./ports.ts";
import { refuse } from "./refuse.ts";
import { parseVolume } from "./volumes.ts";

export type CreateValues = Values<typeof createFlags>;

/** Where things are that a command line names but does not hold. */
export interface Surroundings {
  folder: string;
  environment: NodeJS.ProcessEnv;
  /** The terminal's rows and columns. */
  size: readonly [number, number] | undefined;
  /** It runs behind the terminal's back. */
  detached: boolean;
}

/**
 * The body of `POST /containers/create`.
 *
 * @throws CommandError of code 125, for what cannot be understood or read.
 */
export async function createBody(
  image: string,
  command: readonly string[],
  flags: CreateValues,
  around: Surroundings,
): Promise<object> {
  const labels = [...(await readFiles("--label-file", flags["label-file"])).flatMap(linesOf), ...flags.label];
  const published = flags.publish.flatMap(parsePublished);
  const anonymous = flags.volume
    .map((volume) => parseVolume(volume, around.folder))
    .flatMap((wish) => ("anonymous" in wish ? [wish.anonymous] : []));
  const { mode, endpoints } = parseNetworks([...flags.network, ...flags.net], {
    aliases: [...flags["network-alias"], ...flags["net-alias"]],
    links: [],
    ip: flags.ip,
    ip6: flags.ip6,
    linkLocal: flags["link-local-ip"],
    mac: flags["mac-address"],
  });
  const attached = attachedStreams(flags, around.detached);
  const health = healthOf(flags);
  return {
    Hostname: flags.hostname ?? "",
    Domainname: flags.domainname ?? "",
    User: flags.user ?? "",
    ...attached,
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: attached.AttachStdin && flags.interactive,
    ExposedPorts: emptyObjects([...flags.expose.flatMap(parseExposed), ...published.map(({ port }) => port)]),
    Env: environmentOf(await readFiles("--env-file", flags["env-file"]), flags.env, around.environment),
    Cmd: command.length === 0 ? null : command,
    Image: image,
    Volumes: emptyObjects(anonymous),
    WorkingDir: flags.workdir ?? "",
    // An empty text takes the image's away.
    Entrypoint: flags.entrypoint === undefined ? null : [flags.entrypoint],
    Labels: mapOf(labels),
    ...(flags["stop-signal"] === undefined ? {} : { StopSignal: flags["stop-signal"] }),
    ...(flags["stop-timeout"] === undefined ? {} : { StopTimeout: flags["stop-timeout"] }),
    ...(health === undefined ? {} : { Healthcheck: health }),
    HostConfig: await hostConfigOf(flags, { published, mode, ...around }),
    NetworkingConfig: { EndpointsConfig: endpoints },
  };
}

function attachedStreams(flags: CreateValues, detached: boolean) {
  const wanted = flags.attach.map((stream) => stream.toLowerCase());
  for (const stream of wanted)
    if (!["stdin", "stdout", "stderr"].includes(stream))
      throw refuse("--attach", stream, "stdin, stdout or stderr");
  if (wanted.length > 0 && detached) throw new CommandError("Conflicting options: -a and -d", 125);
  const all = wanted.length === 0 && !detached;
  return {
    AttachStdin: wanted.includes("stdin") || (all && flags.interactive),
    AttachStdout: all || wanted.includes("stdout"),
    AttachStderr: all || wanted.includes("stderr"),
  };
}

async function readFiles(flag: string, files: readonly string[]): Promise<string[]> {
  return Promise.all(
    files.map((file) =>
      readFile(file, "utf8").catch((cause: unknown) => {
        throw new CommandError(`${flag} ${file} cannot be read: ${(cause as Error).message}`, 125, { cause });
      }),
    ),
  );
}

function emptyObjects(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}
