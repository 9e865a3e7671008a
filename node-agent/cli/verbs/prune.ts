import { CommandError } from "../command-error.ts";
import type { Daemon } from "../client/daemon.ts";
import { texts, yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { confirmed } from "../show/each.ts";
import { filterQuery } from "../show/list.ts";
import { say } from "../show/print.ts";
import { humanSize } from "../show/sizes.ts";

const filter = texts("only what matches, as in `until=24h`", undefined, { value: "name=value" });
const force = yes("do not ask", "f");

async function ask(forced: boolean, what: string): Promise<void> {
  if (!forced && !(await confirmed(`WARNING! This will remove ${what}. Continue?`)))
    throw new CommandError("nothing has been removed");
}

export const pruneContainers = verb({
  usage: "[flags]",
  flags: { filter, force },
  takes: [0, 0],
  examples: [["wherry container prune -f", "removes all that do not run"]],
  async run({ daemon, flags }) {
    await ask(flags.force, "all stopped containers");
    sayReclaimed(await pruneKind(daemon, "containers", filterQuery(flags.filter)));
  },
});

export const pruneImages = verb({
  usage: "[flags]",
  flags: { all: yes("those with a name that no container has, too", "a"), filter, force },
  takes: [0, 0],
  examples: [["wherry image prune -af", "removes all that no container has"]],
  async run({ daemon, flags }) {
    await ask(
      flags.force,
      flags.all ? "all images without at least one container associated to them" : "all dangling images",
    );
    const dangling = `dangling=${flags.all ? "false" : "true"}`;
    sayReclaimed(await pruneKind(daemon, "images", filterQuery([...flags.filter, dangling])));
  },
});

export const pruneNetworks = verb({
  usage: "[flags]",
  flags: { filter, force },
  takes: [0, 0],
  examples: [["wherry network prune -f", "removes those that no container is in"]],
  async run({ daemon, flags }) {
    await ask(flags.force, "all custom networks not used by at least one container");
    await pruneKind(daemon, "networks", filterQuery(flags.filter));
  },
});

export const pruneVolumes = verb({
  usage: "[flags]",
  flags: { all: yes("those with a name too", "a"), filter, force },
  takes: [0, 0],
  examples: [["wherry volume prune -af", "removes all that no container has, with what is in them"]],
  async run({ daemon, flags }) {
    await ask(
      flags.force,
      `${flags.all ? "all" : "anonymous"} local volumes not used by at least one container`,
    );
    const filters = flags.all ? [...flags.filter, "all=1"] : flags.filter;
    sayReclaimed(await pruneKind(daemon, "volumes", filterQuery(filters)));
  },
});

export const pruneSystem = verb({
  usage: "[flags]",
  flags: {
    all: yes("images with a name that no container has, too", "a"),
    filter,
    force,
    volumes: yes("anonymous volumes too"),
  },
  takes: [0, 0],
  examples: [["wherry system prune -af", "makes room: what nothing uses any more goes"]],
  async run({ daemon, flags }) {
    const images = flags.all
      ? "all images without at least one container associated to them"
      : "all dangling images";
    const volumes = flags.volumes ? ", all anonymous volumes not used by at least one container" : "";
    await ask(
      flags.force,
      `all stopped containers, all networks not used by at least one container${volumes}, ${images}`,
    );
    const filters = filterQuery(flags.filter);
    let bytes = await pruneKind(daemon, "containers", filters);
    bytes += await pruneKind(daemon, "networks", filters);
    if (flags.volumes) bytes += await pruneKind(daemon, "volumes", filters);
    const dangling = `dangling=${flags.all ? "false" : "true"}`;
    bytes += await pruneKind(daemon, "images", filterQuery([...flags.filter, dangling]));
    sayReclaimed(bytes);
  },
});

/** What a prune took away, by what the engine calls it. */
interface Pruned {
  SpaceReclaimed?: number;
  ContainersDeleted?: string[] | null;
  ImagesDeleted?: { Untagged?: string; Deleted?: string }[] | null;
  NetworksDeleted?: string[] | null;
  VolumesDeleted?: string[] | null;
}

/** Prunes one kind of things, and says what went. @returns the bytes that are free again. */
async function pruneKind(
  daemon: Daemon,
  kind: "containers" | "images" | "networks" | "volumes",
  filters: string | undefined,
): Promise<number> {
  const pruned = await daemon.post<Pruned>(`/${kind}/prune`, { filters });
  const title = kind.charAt(0).toUpperCase() + kind.slice(1);
  const images = (pruned.ImagesDeleted ?? []).map(({ Untagged, Deleted }) =>
    Untagged === undefined ? `deleted: ${Deleted}` : `untagged: ${Untagged}`,
  );
  const gone = [
    ...(pruned.ContainersDeleted ?? []),
    ...images,
    ...(pruned.NetworksDeleted ?? []),
    ...(pruned.VolumesDeleted ?? []),
  ];
  if (gone.length > 0) say(`Deleted ${title}:\n${gone.join("\n")}\n`);
  return pruned.SpaceReclaimed ?? 0;
}

function sayReclaimed(bytes: number): void {
  say(`Total reclaimed space: ${humanSize(bytes, 4)}`);
}
