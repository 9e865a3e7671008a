import { HubError } from "#shared/errors";
import { type PlannedMount, plannedMounts } from "../volumes/index.ts";
import type { ContainerConfig } from "./create-body.ts";
import type { KnownContainers } from "./known-containers.ts";

/**
 * What a container is going to mount of the host. It is worked out once, when the container is made: so it stays the same when a
 * container that it has volumes from goes.
 *
 * @throws HubError `invalid`, also for a container of `--volumes-from` that is not there.
 */
export function planMounts(known: KnownContainers, id: string, config: ContainerConfig): PlannedMount[] {
  const { Binds, Mounts, Tmpfs, VolumesFrom, VolumeDriver } = config.HostConfig;
  if (VolumeDriver !== "" && VolumeDriver !== "local")
    throw new HubError(
      "invalid",
      `error looking up volume plugin ${VolumeDriver}: plugin "${VolumeDriver}" not found`,
    );
  return plannedMounts({
    container: id,
    binds: Binds,
    mounts: Mounts,
    places: Object.keys(config.Volumes),
    tmpfs: Object.keys(Tmpfs),
    from: VolumesFrom.map((text) => {
      const [, name = text, mode = "rw"] = /^(.+?)(?::([a-zA-Z,]+))?$/.exec(text) ?? [];
      const modes = mode.split(",");
      const wrong = modes.find((each) => !["ro", "rw", "z", "Z"].includes(each));
      if (wrong !== undefined)
        throw new HubError("invalid", `invalid mode for volumes-from: ${mode} of '${text}'`);
      return { plan: takenFrom(known, name), readOnly: modes.includes("ro") };
    }),
  });
}

/** Not found is what clients take for a missing image: they would pull it. */
function takenFrom(known: KnownContainers, name: string): readonly PlannedMount[] {
  try {
    return known.find(name).record.mounts;
  } catch (cause) {
    throw new HubError("invalid", cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** The containers that have a volume, by their ids. One that is being removed mounts nothing any more. */
export function usersOf(known: KnownContainers, volume: string): string[] {
  return known
    .all()
    .filter(({ record }) => record.state.status !== "removing")
    .filter(({ record }) => record.mounts.some(({ kind, source }) => kind === "volume" && source === volume))
    .map(({ id }) => id);
}
