import { imagePart, part, type Daemon, readAll } from "../client/daemon.ts";
import { DaemonError } from "../client/daemon-error.ts";
import { parseExactly } from "../client/json-lines.ts";
import { text, yes, type Offer } from "../line/flags.ts";
import { any, verb } from "../line/verb.ts";
import { complain, say } from "../show/print.ts";
import { compileTemplate, toJson } from "../template/index.ts";

/** What can be looked at, in the order in which a name is looked for. */
const kinds = {
  container: (name: string) => `/containers/${part(name)}/json`,
  image: (name: string) => `/images/${imagePart(name)}/json`,
  network: (name: string) => `/networks/${part(name)}`,
  volume: (name: string) => `/volumes/${part(name)}`,
} as const;

type Kind = keyof typeof kinds;

const format = text("a template such as `{{.State.Status}}`, or json", "f");
const size = yes("how large a container is", "s");

export const inspect = verb({
  usage: "[flags] NAME...",
  flags: {
    format,
    size,
    type: text("container, image, network or volume", undefined, { offers: "nothing" }),
  },
  takes: [1, any],
  offers: ["containers", "containers"],
  examples: [
    ["wherry inspect web", "all there is to know of it"],
    ["wherry inspect -f '{{.State.Status}} {{.Config.Image}}' web", "two things of it"],
    ["wherry inspect -f '{{range $port, $at := .NetworkSettings.Ports}}{{$port}} {{end}}' web", "its ports"],
  ],
  run: ({ daemon, flags, args }) => {
    const wanted =
      flags.type === undefined || flags.type === "" ? (Object.keys(kinds) as Kind[]) : [flags.type as Kind];
    return show(
      daemon,
      wanted.filter((kind) => kind in kinds),
      args,
      flags,
    );
  },
});

export const inspectContainer = inspectOf("container", "CONTAINER...", "containers");
export const inspectImage = inspectOf("image", "IMAGE...", "images");
export const inspectNetwork = inspectOf("network", "NETWORK...", "networks");
export const inspectVolume = inspectOf("volume", "VOLUME...", "volumes");

function inspectOf(kind: Kind, names: string, offers: Offer) {
  return verb({
    usage: `[flags] ${names}`,
    flags: kind === "container" ? { format, size } : { format, size, verbose: yes("all details", "v") },
    takes: [1, any],
    offers: [offers, offers],
    examples: [[`wherry ${kind} inspect -f json NAME`, "as one line of JSON"]],
    run: ({ daemon, flags, args }) => show(daemon, [kind], args, flags),
  });
}

interface Asked {
  format: string | undefined;
  size: boolean;
}

async function show(
  daemon: Daemon,
  wanted: readonly Kind[],
  args: readonly string[],
  asked: Asked,
): Promise<number> {
  const found: unknown[] = [];
  let code = 0;
  const form = asked.format ?? "";
  const usual = form === "";
  const template = usual || form === "json" ? undefined : compileTemplate(form);
  for (const name of args) {
    const one = await find(daemon, wanted, name, asked.size);
    if (one !== undefined && template !== undefined) say(template(one));
    else if (one !== undefined) found.push(one);
    else {
      complain(
        wanted.length === 1 ? `Error: No such ${wanted[0]}: ${name}` : `Error: No such object: ${name}`,
      );
      code = 1;
    }
  }
  if (asked.format === "json") for (const one of found) say(toJson(one));
  else if (usual) say(found.length === 0 ? "[]" : toJson(found, 4));
  return code;
}

async function find(daemon: Daemon, wanted: readonly Kind[], name: string, sized: boolean): Promise<unknown> {
  for (const kind of wanted)
    try {
      const query = { size: sized && kind === "container" };
      return parseExactly(await readAll(await daemon.stream("GET", kinds[kind](name), { query })));
    } catch (error) {
      const next =
        error instanceof DaemonError && (error.status === 404 || (error.status === 501 && wanted.length > 1));
      // What cannot be a name of one kind may be a name of another.
      if (!next && !(error instanceof DaemonError && error.status === 400 && wanted.length > 1)) throw error;
    }
  return undefined;
}
