import type { Verb } from "./verb.ts";

/** A row of the table of verbs. */
export interface Row {
  /** The first is the one that help names; the others are the same. */
  names: readonly string[];
  says: string;
  /** Read when it is called, and not before: starting takes no longer for there being many. */
  load: () => Promise<Verb>;
}

/** All commands of `wherry` but those that start a server, in the order of the help. */
export const verbs: readonly Row[] = [
  row(
    "run",
    "Make a container and start it",
    () => import("../verbs/run.ts").then(({ run }) => run),
    "container run",
  ),
  row(
    "exec",
    "Run a command in a container",
    () => import("../verbs/exec.ts").then(({ exec }) => exec),
    "container exec",
  ),
  row(
    "ps",
    "List containers",
    () => import("../verbs/ps.ts").then(({ ps }) => ps),
    "container ls",
    "container list",
    "container ps",
  ),
  row(
    "logs",
    "Show what a container has written",
    () => import("../verbs/logs.ts").then(({ logs }) => logs),
    "container logs",
  ),
  row(
    "stop",
    "Stop containers",
    () => import("../verbs/lifecycle.ts").then(({ stop }) => stop),
    "container stop",
  ),
  row(
    "rm",
    "Remove containers",
    () => import("../verbs/lifecycle.ts").then(({ rm }) => rm),
    "container rm",
    "container remove",
  ),
  row(
    "pull",
    "Fetch an image from a registry",
    () => import("../verbs/pull.ts").then(({ pull }) => pull),
    "image pull",
  ),
  row(
    "push",
    "Send an image to a registry",
    () => import("../verbs/push.ts").then(({ push }) => push),
    "image push",
  ),
  row(
    "images",
    "List images",
    () => import("../verbs/images.ts").then(({ images }) => images),
    "image ls",
    "image list",
  ),
  row("login", "Sign in to a hub", () => import("../verbs/login.ts").then(({ login }) => login)),
  row("doctor", "Find out what this machine lacks, and how to mend it", () =>
    import("../doctor/doctor.ts").then(({ doctor }) => doctor),
  ),

  row(
    "create",
    "Make a container, and do not start it",
    () => import("../verbs/create.ts").then(({ create }) => create),
    "container create",
  ),
  row(
    "start",
    "Start containers",
    () => import("../verbs/start.ts").then(({ start }) => start),
    "container start",
  ),
  row(
    "restart",
    "Stop containers and start them again",
    () => import("../verbs/lifecycle.ts").then(({ restart }) => restart),
    "container restart",
  ),
  row(
    "kill",
    "Send a signal to containers",
    () => import("../verbs/lifecycle.ts").then(({ kill }) => kill),
    "container kill",
  ),
  row(
    "pause",
    "Let containers stand still",
    () => import("../verbs/lifecycle.ts").then(({ pause }) => pause),
    "container pause",
  ),
  row(
    "unpause",
    "Let them go on",
    () => import("../verbs/lifecycle.ts").then(({ unpause }) => unpause),
    "container unpause",
  ),
  row(
    "wait",
    "Wait for containers to end, and print their exit codes",
    () => import("../verbs/lifecycle.ts").then(({ wait }) => wait),
    "container wait",
  ),
  row(
    "attach",
    "Join a container's input and output",
    () => import("../verbs/attach.ts").then(({ attach }) => attach),
    "container attach",
  ),
  row(
    "rename",
    "Give a container another name",
    () => import("../verbs/lifecycle.ts").then(({ rename }) => rename),
    "container rename",
  ),
  row(
    "update",
    "Change containers' limits",
    () => import("../verbs/lifecycle.ts").then(({ update }) => update),
    "container update",
  ),
  row(
    "top",
    "List a container's processes",
    () => import("../verbs/top.ts").then(({ top }) => top),
    "container top",
  ),
  row(
    "stats",
    "Show what containers use",
    () => import("../verbs/stats.ts").then(({ stats }) => stats),
    "container stats",
  ),
  row(
    "port",
    "List where a container's ports are found",
    () => import("../verbs/port.ts").then(({ port }) => port),
    "container port",
  ),
  row(
    "diff",
    "List the files that a container has changed",
    () => import("../verbs/diff.ts").then(({ diff }) => diff),
    "container diff",
  ),
  row(
    "cp",
    "Copy files into a container or out of it",
    () => import("../verbs/cp.ts").then(({ cp }) => cp),
    "container cp",
  ),
  row(
    "commit",
    "Make an image of a container",
    () => import("../verbs/archives.ts").then(({ commit }) => commit),
    "container commit",
  ),
  row(
    "export",
    "Write a container's files as an archive",
    () => import("../verbs/archives.ts").then(({ exportContainer }) => exportContainer),
    "container export",
  ),
  row("container inspect", "Show all of a container", () =>
    import("../verbs/inspect.ts").then(({ inspectContainer }) => inspectContainer),
  ),
  row("container prune", "Remove containers that do not run", () =>
    import("../verbs/prune.ts").then(({ pruneContainers }) => pruneContainers),
  ),

  row(
    "tag",
    "Give an image another name",
    () => import("../verbs/image-names.ts").then(({ tag }) => tag),
    "image tag",
  ),
  row(
    "rmi",
    "Remove images",
    () => import("../verbs/image-names.ts").then(({ rmi }) => rmi),
    "image rm",
    "image remove",
  ),
  row(
    "history",
    "Show how an image was made",
    () => import("../verbs/history.ts").then(({ history }) => history),
    "image history",
  ),
  row(
    "save",
    "Write images as an archive",
    () => import("../verbs/archives.ts").then(({ save }) => save),
    "image save",
  ),
  row(
    "load",
    "Read images from an archive",
    () => import("../verbs/archives.ts").then(({ load }) => load),
    "image load",
  ),
  row(
    "import",
    "Make an image from an archive of files",
    () => import("../verbs/archives.ts").then(({ importImage }) => importImage),
    "image import",
  ),
  row("search", "Look for images in a registry", () =>
    import("../verbs/search.ts").then(({ search }) => search),
  ),
  row("image inspect", "Show all of an image", () =>
    import("../verbs/inspect.ts").then(({ inspectImage }) => inspectImage),
  ),
  row("image prune", "Remove images that nothing uses", () =>
    import("../verbs/prune.ts").then(({ pruneImages }) => pruneImages),
  ),

  row(
    "network ls",
    "List networks",
    () => import("../verbs/networks.ts").then(({ listNetworks }) => listNetworks),
    "network list",
  ),
  row("network create", "Make a network", () =>
    import("../verbs/networks.ts").then(({ createNetwork }) => createNetwork),
  ),
  row(
    "network rm",
    "Remove networks",
    () => import("../verbs/networks.ts").then(({ removeNetwork }) => removeNetwork),
    "network remove",
  ),
  row("network connect", "Put a container into a network", () =>
    import("../verbs/networks.ts").then(({ connectNetwork }) => connectNetwork),
  ),
  row("network disconnect", "Take a container out of a network", () =>
    import("../verbs/networks.ts").then(({ disconnectNetwork }) => disconnectNetwork),
  ),
  row("network inspect", "Show all of a network", () =>
    import("../verbs/inspect.ts").then(({ inspectNetwork }) => inspectNetwork),
  ),
  row("network prune", "Remove networks that nothing uses", () =>
    import("../verbs/prune.ts").then(({ pruneNetworks }) => pruneNetworks),
  ),

  row(
    "volume ls",
    "List volumes",
    () => import("../verbs/volumes.ts").then(({ listVolumes }) => listVolumes),
    "volume list",
  ),
  row("volume create", "Make a volume", () =>
    import("../verbs/volumes.ts").then(({ createVolume }) => createVolume),
  ),
  row(
    "volume rm",
    "Remove volumes",
    () => import("../verbs/volumes.ts").then(({ removeVolume }) => removeVolume),
    "volume remove",
  ),
  row("volume inspect", "Show all of a volume", () =>
    import("../verbs/inspect.ts").then(({ inspectVolume }) => inspectVolume),
  ),
  row("volume prune", "Remove volumes that nothing uses", () =>
    import("../verbs/prune.ts").then(({ pruneVolumes }) => pruneVolumes),
  ),

  row("inspect", "Show all of a container, an image, a network or a volume", () =>
    import("../verbs/inspect.ts").then(({ inspect }) => inspect),
  ),
  row(
    "events",
    "Show what happens, as it happens",
    () => import("../verbs/events.ts").then(({ events }) => events),
    "system events",
  ),
  row(
    "info",
    "Show the engine's state",
    () => import("../verbs/about.ts").then(({ systemState }) => systemState),
    "system info",
  ),
  row("version", "Show the versions of this program and of the engine", () =>
    import("../verbs/about.ts").then(({ version }) => version),
  ),
  row("system df", "Show what takes room on the disk", () =>
    import("../verbs/disk-use.ts").then(({ diskUse }) => diskUse),
  ),
  row("system prune", "Remove what nothing uses", () =>
    import("../verbs/prune.ts").then(({ pruneSystem }) => pruneSystem),
  ),
  row("logout", "Forget the login to a registry", () =>
    import("../verbs/logout.ts").then(({ logout }) => logout),
  ),
  row("completion", "Print what makes a shell complete commands", () =>
    import("../verbs/completion.ts").then(({ completion }) => completion),
  ),
];

/** Programs that this one hands over to; they have a help of their own. */
export const servers: readonly (readonly [name: string, says: string])[] = [
  ["serve", "Run the registry on this machine"],
  ["agent", "Run the engine on this machine"],
];

function row(name: string, says: string, load: () => Promise<Verb>, ...others: readonly string[]): Row {
  return { names: [name, ...others], says, load };
}

/** The row that a command line begins with, and what follows; undefined when there is none. */
export function findVerb(
  line: readonly string[],
): { row: Row; name: string; rest: readonly string[] } | undefined {
  for (const words of [2, 1]) {
    const name = line.slice(0, words).join(" ");
    const found = line.length < words ? undefined : verbs.find(({ names }) => names.includes(name));
    if (found !== undefined) return { row: found, name, rest: line.slice(words) };
  }
  return undefined;
}

/** The second words of a group, such as `ls` of `network`; empty when there is no such group. */
export function membersOf(group: string): Map<string, Row> {
  const members = new Map<string, Row>();
  for (const found of verbs)
    for (const name of found.names)
      if (name.startsWith(`${group} `)) members.set(name.slice(group.length + 1), found);
  return members;
}

export const groups: readonly (readonly [name: string, says: string])[] = [
  ["container", "Everything about containers"],
  ["image", "Everything about images"],
  ["network", "Networks"],
  ["volume", "Volumes"],
  ["system", "The engine"],
];
